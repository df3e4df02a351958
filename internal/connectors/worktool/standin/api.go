package standin

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

const maxBody = 64 << 20 // a hundred files in base64 would be refused; nothing smaller is

// envelope is what every answer of the platform comes in.
type envelope struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// endpoint answers a call for a robot. A code of 0 becomes the success code of the robot's mode.
type endpoint func(r *robot, req *http.Request) envelope

func (s *Sim) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /wework/sendRawMessage", s.api(s.send, true))
	mux.Handle("GET /wework/listRawMessage", s.api(s.listAccepted, false))
	mux.Handle("GET /robot/rawMsg/list", s.api(s.listResults, false))
	mux.Handle("GET /robot/qaLog/list", s.api(s.listHeard, false))
	mux.Handle("GET /robot/robotInfo/online", s.api(s.keyed(s.online), false))
	mux.Handle("GET /robot/robotInfo/get", s.api(s.keyed(s.info), false))
	mux.Handle("POST /robot/robotInfo/update", s.api(s.keyed(s.update), false))
	mux.Handle("POST /robot/robotInfo/callBack/bind", s.api(s.keyed(s.bind), false))
	mux.Handle("GET /robot/robotInfo/callBack/get", s.api(s.keyed(s.listBound), false))
	mux.Handle("POST /robot/robotInfo/callBack/deleteByType", s.api(s.keyed(s.unbind), false))
	s.adminRoutes(mux)
	return mux
}

// api puts limit, account and the faults of the robot's mode before an endpoint.
func (s *Sim) api(call endpoint, send bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Body = http.MaxBytesReader(w, req.Body, maxBody)
		s.mu.Lock()
		s.counts.Calls++
		wait := s.overLimit(req.RemoteAddr)
		r := s.byID[req.URL.Query().Get("robotId")]
		var m Mode
		if r != nil {
			m = s.answerFaults(r, send)
		}
		s.mu.Unlock()

		switch {
		case wait > 0:
			s.refuseLimited(w, wait, s.opts.LimitInBody)
			return
		case r == nil:
			write(w, http.StatusOK, envelope{Code: 501011, Message: "机器人id错误"})
			return
		}
		if !s.sleep(req.Context(), time.Duration(m.Slow)) {
			hangUp(w)
			return
		}
		switch {
		case m.Limited != "":
			s.refuseLimited(w, time.Second, m.Limited == "body")
			return
		case m.Status != 0:
			w.WriteHeader(m.Status)
			return
		}
		answer := call(r, req)
		if answer.Code == 0 {
			answer.Code = m.SuccessCode
			if answer.Message == "" {
				answer.Message = "操作成功"
			}
		}
		switch {
		case m.Drop:
			hangUp(w)
		case m.StatusAfter != 0:
			w.WriteHeader(m.StatusAfter)
		default:
			write(w, http.StatusOK, answer)
		}
	})
}

// hangUp closes the connection without an answer. Where it cannot, the answer is empty.
func hangUp(w http.ResponseWriter) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close() // it is to be gone, however
	}
}

// answerFaults gives the robot's mode with only those answer faults left that strike this call.
func (s *Sim) answerFaults(r *robot, send bool) Mode {
	m := r.mode
	faulty := m.Slow > 0 || m.Status != 0 || m.StatusAfter != 0 || m.Drop || m.Limited != ""
	if !faulty {
		return m
	}
	if m.SendsOnly && !send || m.Times > 0 && r.hits >= m.Times || !s.hit(&m) {
		m.Slow, m.Status, m.StatusAfter, m.Drop, m.Limited = 0, 0, 0, false, ""
		return m
	}
	r.hits++
	return m
}

// keyed demands the key of robots that have one.
func (s *Sim) keyed(call endpoint) endpoint {
	return func(r *robot, req *http.Request) envelope {
		if r.key != "" && req.URL.Query().Get("key") != r.key {
			return envelope{Code: 501012, Message: "机器人key错误"}
		}
		return call(r, req)
	}
}

// window holds the times of the latest calls from one address.
type window struct {
	calls []time.Time // a ring of as many as the limit
	next  int
}

// overLimit counts a call, and tells how long its address must wait if it was one too many.
func (s *Sim) overLimit(remote string) time.Duration {
	limit := s.opts.RateLimit
	if limit <= 0 {
		return 0
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	now := s.opts.Now()
	w := s.limits[host]
	if w == nil {
		if len(s.limits) >= 10_000 {
			clear(s.limits)
		}
		w = &window{}
		s.limits[host] = w
	}
	if len(w.calls) < limit {
		w.calls = append(w.calls, now)
		return 0
	}
	if left := w.calls[w.next].Add(time.Minute).Sub(now); left > 0 {
		s.counts.Limited++
		return left
	}
	w.calls[w.next] = now
	w.next = (w.next + 1) % limit
	return 0
}

func (s *Sim) refuseLimited(w http.ResponseWriter, wait time.Duration, inBody bool) {
	status := http.StatusTooManyRequests
	if inBody {
		status = http.StatusOK
	} else {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	write(w, status, envelope{Code: http.StatusTooManyRequests, Message: "请求过于频繁"})
}

func write(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header()["Content-Type"] = []string{"application/json"}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller is gone, nobody to tell
}

// read decodes a body of JSON.
func read(req *http.Request, v any) bool {
	body, err := io.ReadAll(req.Body)
	return err == nil && json.Unmarshal(body, v) == nil
}

func malformed() envelope { return envelope{Code: codeBadFormat, Message: "参数格式错误"} }
