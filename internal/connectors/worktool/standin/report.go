package standin

import (
	"encoding/json"
	"strconv"
	"time"
)

// The kinds of callbacks an address can be bound to.
const (
	bindQRCode  = 0
	bindResult  = 1
	bindOnline  = 5
	bindOffline = 6
	bindMessage = 11
)

// reportResult posts a result once to the bound address, or does with it what the mode says.
func (s *Sim) reportResult(r *robot, res *result) {
	s.reportQRCode(r, res)
	url := r.bound[bindResult]
	if url == "" {
		return
	}
	first := ""
	if targets := res.task.entry.Targets; len(targets) > 0 {
		first = targets[0]
	}
	p := posting{url: url, contentType: "application/json", body: res.callback(), shard: s.post.shard(r.id, first)}
	m := &r.mode
	copies, late := 1, time.Duration(0)
	if s.hit(m) {
		if m.CallbackLost {
			s.post.lost.Add(1)
			return
		}
		copies = max(1, m.CallbackCopies)
		late = time.Duration(m.CallbackLate)
		if m.CallbackShuffle {
			late += time.Duration(s.random.Int64N(int64(time.Second)))
			p.shard = s.random.Uint64()
		}
	}
	for range copies {
		s.after(late, func() { s.post.add(p) })
	}
}

// callback writes the body of a result callback. On success there is no successList, as the platform's page says.
func (r *result) callback() []byte {
	b := make([]byte, 0, 256+len(r.task.raw)*2)
	b = append(b, `{"messageId":`...)
	b = append(b, quote(r.task.entry.MessageID)...)
	b = append(b, `,"errorCode":`...)
	b = strconv.AppendInt(b, int64(r.code), 10)
	b = append(b, `,"errorReason":`...)
	b = append(b, quote(r.reason())...)
	b = append(b, `,"runTime":`...)
	b = strconv.AppendInt(b, r.began.UnixMilli(), 10)
	b = append(b, `,"timeCost":`...)
	b = strconv.AppendFloat(b, r.took.Seconds(), 'f', 3, 64)
	b = append(b, `,"type":`...)
	b = strconv.AppendInt(b, int64(r.task.Type), 10)
	b = append(b, `,"rawMsg":`...)
	b = append(b, quote(r.rawMsg(false))...)
	if r.code != codeOK {
		b = append(b, `,"successList":`...)
		b = append(b, list(r.done)...)
		b = append(b, `,"failList":`...)
		b = append(b, list(r.failed)...)
	}
	if r.group != "" {
		b = append(b, `,"groupName":`...)
		b = append(b, quote(r.group)...)
	}
	return append(b, '}')
}

// reportQRCode posts the invitation image of a group that was made or changed.
func (s *Sim) reportQRCode(r *robot, res *result) {
	if url := r.bound[bindQRCode]; url != "" && res.qrCode != "" {
		body := `{"messageId":` + string(quote(res.task.entry.MessageID)) + `,"groupName":` + string(quote(res.group)) +
			`,"qrCode":` + string(quote(res.qrCode)) + `}`
		s.post.add(posting{
			url: url, contentType: "application/json", body: []byte(body), shard: s.post.shard(r.id, res.group),
		})
	}
}

// reportPresence posts that a robot went online or offline, in the format of a group webhook.
func (s *Sim) reportPresence(r *robot) {
	kind, word := bindOnline, "上线"
	if r.mode.Offline {
		kind, word = bindOffline, "下线"
	}
	if url := r.bound[kind]; url != "" {
		body := `{"msgtype":"text","text":{"content":` + string(quote("机器人"+r.name+word)) + `}}`
		s.post.add(posting{url: url, contentType: "application/json", body: []byte(body), shard: s.post.shard(r.id, "")})
	}
}

func quote(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		return json.RawMessage(`""`)
	}
	return b
}

func list(names []string) json.RawMessage {
	if len(names) == 0 {
		return json.RawMessage("[]")
	}
	b, err := json.Marshal(names)
	if err != nil {
		return json.RawMessage("[]")
	}
	return b
}
