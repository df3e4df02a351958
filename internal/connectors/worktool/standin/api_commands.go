package standin

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// china is the zone of the platform's local times.
var china = time.FixedZone("UTC+8", 8*60*60)

const localTime = "2006-01-02T15:04:05"

func (s *Sim) send(r *robot, req *http.Request) envelope {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return malformed()
	}
	var b batch
	if json.Unmarshal(body, &b) != nil {
		return malformed()
	}
	tasks, problem := b.parse()
	if problem != "" {
		return envelope{Code: codeBadFormat, Message: problem}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return envelope{Data: s.accept(r, tasks, string(body))}
}

// resultRow is a result as the query writes it.
type resultRow struct {
	RawMsg      string  `json:"rawMsg"`
	RawSuccess  int     `json:"rawSuccess"`
	ErrorReason string  `json:"errorReason"`
	RunTime     string  `json:"runTime"`
	APISend     int     `json:"apiSend"`
	RobotID     string  `json:"robotId"`
	Type        int     `json:"type"`
	MessageID   string  `json:"messageId"`
	SuccessList string  `json:"successList"`
	FailList    string  `json:"failList"`
	TimeCost    float64 `json:"timeCost"`
}

func (s *Sim) listResults(r *robot, req *http.Request) envelope {
	f := newFilter(req)
	rows := []resultRow{}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.results.newest(func(res *result) bool {
		if f.messageID != "" && f.messageID != res.task.entry.MessageID || f.kind != 0 && f.kind != res.task.Type ||
			!f.covers(res.began) {
			return true
		}
		if f.onPage() {
			rows = append(rows, resultRow{
				RawMsg: res.rawMsg(true), RawSuccess: res.code, ErrorReason: res.reason(),
				RunTime: res.began.In(china).Format(localTime), APISend: 1, RobotID: r.id, Type: res.task.Type,
				MessageID: res.task.entry.MessageID, SuccessList: string(list(res.done)),
				FailList: string(list(res.failed)), TimeCost: res.took.Seconds(),
			})
		}
		return len(rows) < f.size
	})
	return envelope{Data: rows}
}

// pageData is a listing with its page numbers.
type pageData struct {
	PageNum   int   `json:"pageNum"`
	PageSize  int   `json:"pageSize"`
	TotalPage int   `json:"totalPage"`
	Total     int   `json:"total"`
	List      []any `json:"list"`
}

func (s *Sim) listAccepted(r *robot, req *http.Request) envelope {
	f := newFilter(req)
	rows := []any{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range slices.Backward(r.accepted) {
		if f.messageID != "" && f.messageID != a.messageID || f.kind != 0 && !slices.Contains(a.types, f.kind) ||
			!f.covers(a.at) {
			continue
		}
		if f.onPage() {
			rows = append(rows, map[string]any{
				"messageId": a.messageID, "rawMsg": a.raw, "createTime": a.at.In(china).Format(localTime),
				"robotId": r.id, "apiSend": 1,
			})
		}
	}
	return envelope{Data: f.page(rows)}
}

func (s *Sim) listHeard(r *robot, req *http.Request) envelope {
	f := newFilter(req)
	name := req.URL.Query().Get("name")
	rows := []any{}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.heard.newest(func(l *logged) bool {
		if name != "" && name != l.body.ReceivedName && name != l.body.GroupName || !f.covers(l.at) {
			return true
		}
		if f.onPage() {
			rows = append(rows, map[string]any{
				"startTime": l.at.In(china).Format(localTime), "receivedName": l.body.ReceivedName,
				"groupName": l.body.GroupName, "textType": l.body.TextType, "atMe": l.body.AtMe,
				"question": l.body.Spoken, "rawSpoken": l.body.RawSpoken, "answer": l.answer,
				"timeCost": l.took.Seconds(), "messageId": l.body.MessageID,
			})
		}
		return true
	})
	return envelope{Data: f.page(rows)}
}

// filter is the part of a query that all listings have.
type filter struct {
	messageID  string
	kind       int
	from, to   time.Time
	number     int
	size, seen int
}

func newFilter(req *http.Request) *filter {
	q := req.URL.Query()
	number := func(name string, low, high, standard int) int {
		n, err := strconv.Atoi(q.Get(name))
		if err != nil {
			return standard
		}
		return min(max(n, low), high)
	}
	local := func(name string) time.Time {
		t, err := time.ParseInLocation(time.DateTime, q.Get(name), china)
		if err != nil {
			return time.Time{}
		}
		return t
	}
	return &filter{
		messageID: q.Get("messageId"), kind: number("type", 0, 1<<30, 0), from: local("startTime"), to: local("endTime"),
		number: number("page", 1, 1<<20, 1), size: number("size", 1, 1000, 10),
	}
}

// covers reports whether a time is within the filter's, to the second.
func (f *filter) covers(t time.Time) bool {
	return (f.from.IsZero() || !t.Before(f.from)) && (f.to.IsZero() || t.Before(f.to.Add(time.Second)))
}

// onPage counts an item and reports whether it is on the page asked for.
func (f *filter) onPage() bool {
	f.seen++
	return f.seen > (f.number-1)*f.size && f.seen <= f.number*f.size
}

func (f *filter) page(rows []any) pageData {
	return pageData{
		PageNum: f.number, PageSize: f.size, Total: f.seen, TotalPage: (f.seen + f.size - 1) / f.size, List: rows,
	}
}
