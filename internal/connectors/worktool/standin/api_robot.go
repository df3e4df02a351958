package standin

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

func (s *Sim) online(r *robot, _ *http.Request) envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return envelope{Data: !r.mode.Offline}
}

func (s *Sim) info(r *robot, _ *http.Request) envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	requestType, keyCheck := 2, 0
	if r.formData {
		requestType = 1
	}
	if r.key != "" {
		keyCheck = 1
	}
	return envelope{Data: map[string]any{
		"robotId": r.id, "name": r.name, "openCallback": r.openCallback, "encryptType": 0,
		"createTime": r.createdAt.In(china).Format(localTime), "enableAdd": true, "replyAll": r.replyAll,
		"robotKeyCheck": keyCheck, "callBackRequestType": requestType, "robotType": 0,
	}}
}

// number is an integer that may be written as a string.
type number int

// UnmarshalJSON takes 1 and "1".
func (n *number) UnmarshalJSON(b []byte) error {
	i, err := strconv.Atoi(string(bytes.Trim(b, `"`)))
	*n = number(i)
	return err
}

func (s *Sim) update(r *robot, req *http.Request) envelope {
	var body struct {
		OpenCallback *number `json:"openCallback"`
		ReplyAll     *number `json:"replyAll"`
		CallbackURL  *string `json:"callbackUrl"`
	}
	if !read(req, &body) || body.CallbackURL != nil && !isAddress(*body.CallbackURL) {
		return malformed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if body.OpenCallback != nil {
		r.openCallback = int(*body.OpenCallback)
	}
	if body.ReplyAll != nil {
		r.replyAll = int(*body.ReplyAll)
	}
	if body.CallbackURL != nil {
		r.callbackURL = *body.CallbackURL
	}
	return envelope{}
}

type binding struct {
	Type        *number `json:"type"`
	CallBackURL string  `json:"callBackUrl"`
}

var bindable = []int{bindQRCode, bindResult, bindOnline, bindOffline}

// bind probes the address first, as the platform does.
func (s *Sim) bind(r *robot, req *http.Request) envelope {
	var b binding
	if !read(req, &b) || b.Type == nil || !slices.Contains(bindable, int(*b.Type)) || !isAddress(b.CallBackURL) {
		return malformed()
	}
	if !s.post.probe(req.Context(), b.CallBackURL) {
		return envelope{Code: codeBadFormat, Message: "回调地址校验失败"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.bound[int(*b.Type)] = b.CallBackURL
	return envelope{}
}

func (s *Sim) unbind(r *robot, req *http.Request) envelope {
	var b binding
	if !read(req, &b) || b.Type == nil {
		return malformed()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(r.bound, int(*b.Type))
	return envelope{}
}

func (s *Sim) listBound(r *robot, _ *http.Request) envelope {
	names := map[int]string{
		bindQRCode: "群二维码", bindResult: "指令执行结果", bindOnline: "机器人上线", bindOffline: "机器人下线", bindMessage: "消息",
	}
	rows := []any{}
	add := func(kind int, address string) {
		rows = append(rows, map[string]any{
			"id": strconv.Itoa(kind + 1), "type": kind, "callBackUrl": address, "typeName": names[kind],
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range bindable {
		if address := r.bound[kind]; address != "" {
			add(kind, address)
		}
	}
	if r.openCallback == 1 && r.callbackURL != "" {
		add(bindMessage, r.callbackURL)
	}
	return envelope{Data: rows}
}

func isAddress(written string) bool {
	u, err := url.Parse(written)
	return err == nil && u.Host != "" && strings.HasPrefix(u.Scheme, "http")
}
