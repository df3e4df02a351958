// Package standin receives notices as the robots of WeCom, DingTalk and Feishu and a signed webhook do: it checks addresses
// and signatures, answers in each one's own form, and misbehaves on demand. It serves tests and the demo.
//
// It imports the standard library and the connectors' secret.
package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Mode is a way to answer.
type Mode string

// The modes.
const (
	Normal      Mode = "normal"
	Limited     Mode = "limited"      // over the limit, in the robot's own code
	BadKey      Mode = "bad_key"      // wrong address, in the robot's own code
	TooMany     Mode = "too_many"     // status 429
	ServerError Mode = "server_error" // status 500
	HTML        Mode = "html"         // status 200 with a page
	Gone        Mode = "gone"         // status 410
	Redirect    Mode = "redirect"
	Hang        Mode = "hang" // takes the notice and never answers
	Drop        Mode = "drop" // takes the notice and ends the connection
)

// Notice is what was received.
type Notice struct {
	Kind string
	Body map[string]any
	Size int
}

// Server has a path per kind: /wecom?key=K, /dingtalk?access_token=K, /feishu/K, /webhook/K, where K is the key given.
type Server struct {
	key, sign secret.String
	now       func() time.Time
	done      chan struct{}

	mu     sync.Mutex
	closed bool
	mode   Mode
	got    []Notice
}

// New returns a stand-in whose addresses hold key; with a sign secret it checks signatures.
func New(key, sign secret.String, now func() time.Time) *Server {
	return &Server{key: key, sign: sign, now: now, mode: Normal, done: make(chan struct{})}
}

// Close ends what hangs.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
}

// SetMode switches how all notices to come are answered.
func (s *Server) SetMode(m Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode = m
}

// Received returns the notices that a person would have seen.
func (s *Server) Received() []Notice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Notice(nil), s.got...)
}

// ServeHTTP takes a notice.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	var body map[string]any
	broken := json.Unmarshal(raw, &body) != nil
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	given := map[string]string{"wecom": r.URL.Query().Get("key"), "dingtalk": r.URL.Query().Get("access_token"), "feishu": rest, "webhook": rest}[kind]
	s.mu.Lock()
	mode := s.mode
	if mode == Normal && given != s.key.Reveal() {
		mode = BadKey
	}
	good := !broken && s.signed(kind, r, body, raw)
	if good && (mode == Normal || mode == Hang || mode == Drop) {
		s.got = append(s.got, Notice{Kind: kind, Body: body, Size: len(raw)})
	}
	s.mu.Unlock()
	switch mode {
	case TooMany:
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	case ServerError:
		w.WriteHeader(http.StatusInternalServerError)
	case Gone:
		w.WriteHeader(http.StatusGone)
	case HTML:
		_, _ = io.WriteString(w, "<html>gateway</html>")
	case Redirect:
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	case Hang:
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
		panic(http.ErrAbortHandler) //nolint:forbidigo // a programmer's error or a broken invariant
	case Drop:
		panic(http.ErrAbortHandler) //nolint:forbidigo // a programmer's error or a broken invariant
	default:
		s.reply(w, kind, mode, good, broken)
	}
}

// reply answers in the form of the kind.
func (s *Server) reply(w http.ResponseWriter, kind string, mode Mode, good, broken bool) {
	code := func(ok, limited, badKey, badSign, badBody int) int {
		switch {
		case mode == Limited:
			return limited
		case mode == BadKey:
			return badKey
		case broken:
			return badBody
		case !good:
			return badSign
		default:
			return ok
		}
	}
	w.Header().Set("Content-Type", "application/json")
	var out any
	switch kind {
	case "wecom":
		out = map[string]any{"errcode": code(0, 45009, 93000, 40058, 40058), "errmsg": "hint: [1] from ip: 192.0.2.1, key " + s.key.Reveal()}
	case "dingtalk":
		out = map[string]any{"errcode": code(0, 130101, 300001, 310000, 40035), "errmsg": "token " + s.key.Reveal()}
	case "feishu":
		out = map[string]any{"code": code(0, 11232, 19001, 19021, 9499), "msg": "hook " + s.key.Reveal(), "data": map[string]any{}}
	default:
		w.WriteHeader(code(http.StatusNoContent, http.StatusTooManyRequests, http.StatusNotFound, http.StatusUnauthorized, http.StatusBadRequest))
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

const window = time.Hour

// signed checks the signature of the kind.
func (s *Server) signed(kind string, r *http.Request, body map[string]any, raw []byte) bool {
	if s.sign.Empty() || kind == "wecom" {
		return true
	}
	fresh := func(text string, unit time.Duration) bool {
		n, err := strconv.ParseInt(text, 10, 64)
		return err == nil && s.now().Sub(time.Unix(0, n*int64(unit))).Abs() <= window
	}
	sum := func(key, message string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(message))
		return base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	switch kind {
	case "dingtalk":
		ms := r.URL.Query().Get("timestamp")
		return fresh(ms, time.Millisecond) && r.URL.Query().Get("sign") == sum(s.sign.Reveal(), ms+"\n"+s.sign.Reveal())
	case "feishu":
		seconds, _ := body["timestamp"].(string)
		return fresh(seconds, time.Second) && body["sign"] == sum(seconds+"\n"+s.sign.Reveal(), "")
	default:
		seconds, id := r.Header.Get("Webhook-Timestamp"), r.Header.Get("Webhook-Id")
		return fresh(seconds, time.Second) && r.Header.Get("Webhook-Signature") == "v1,"+sum(s.sign.Reveal(), id+"."+seconds+"."+string(raw))
	}
}
