// Package standin is a language model that is none: it speaks the OpenAI-compatible wire format, answers by rules, and
// misbehaves on demand in every way the reference knows. It serves tests, the demo and the fault kit.
//
// It promises that equal requests in equal modes get equal answers, and that its ledger holds no keys.
//
// It imports the standard library and the connectors' secret.
package standin

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const (
	maxRequest = 4 << 20
	maxLedger  = 10_000
)

// Rule answers requests whose system text and last message match. An empty pattern matches everything.
type Rule struct {
	System *regexp.Regexp
	Text   *regexp.Regexp
	Answer string // $1 and so on stand for the groups of Text
}

// Options say how a stand-in behaves. The zero value works.
type Options struct {
	Key   secret.String // if set, requests with another key are refused
	Rules []Rule        // first match counts; without one a JSON answer is made up from the schema, a text answer is an echo
	Slow  time.Duration // how long the slow modes wait; default 1 s
}

// Request is a line of the ledger.
type Request struct {
	Path      string          `json:"path"`
	Mode      Mode            `json:"mode"`
	Model     string          `json:"model"`
	RequestID string          `json:"requestId,omitempty"`
	Key       string          `json:"key"` // a fingerprint
	Body      json.RawMessage `json:"body"`
	Input     int             `json:"input"`  // tokens charged
	Output    int             `json:"output"` // tokens charged
}

// Server is the stand-in. Its modes are switched by methods, or over HTTP by the handler that Admin returns.
type Server struct {
	opt  Options
	done chan struct{}

	mu     sync.Mutex
	mode   Mode
	script []Mode // for the next requests, before mode
	ledger []Request
	closed bool
}

// New returns a stand-in in the normal mode.
func New(opt Options) *Server {
	if opt.Slow <= 0 {
		opt.Slow = time.Second
	}
	return &Server{opt: opt, mode: Normal, done: make(chan struct{})}
}

// Close ends the requests that hang.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
}

// SetMode sets the mode of all requests to come and drops the script.
func (s *Server) SetMode(m Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mode, s.script = m, nil
}

// Script gives the next requests a mode each; after them the set mode holds.
func (s *Server) Script(modes ...Mode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = append([]Mode(nil), modes...)
}

// Ledger returns the requests so far.
func (s *Server) Ledger() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.ledger...)
}

// Forget empties the ledger.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ledger = nil
}

// chat is what the stand-in reads of a request.
type chat struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	MaxTokens           int `json:"max_tokens"`
	MaxCompletionTokens int `json:"max_completion_tokens"`
	ResponseFormat      struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

func (c *chat) system() string {
	for _, m := range c.Messages {
		if m.Role == "system" {
			return m.Content
		}
	}
	return ""
}

func (c *chat) last() string {
	if len(c.Messages) == 0 {
		return ""
	}
	return c.Messages[len(c.Messages)-1].Content
}

// ServeHTTP answers POST .../chat/completions and GET .../models.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := secret.New(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if strings.HasSuffix(r.URL.Path, "/models") && r.Method == http.MethodGet {
		writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{map[string]any{"id": "stand-in", "object": "model"}}})
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/chat/completions") || r.Method != http.MethodPost {
		fail(w, http.StatusNotFound, "resource_not_found_error", "", "no such path")
		return
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	var c chat
	if err != nil || json.Unmarshal(raw, &c) != nil || len(c.Messages) == 0 {
		fail(w, http.StatusBadRequest, "invalid_request_error", "", "the request is not a chat")
		return
	}
	mode := s.next()
	if !s.opt.Key.Empty() && subtle.ConstantTimeCompare([]byte(key.Reveal()), []byte(s.opt.Key.Reveal())) != 1 {
		mode = Unauthorized
	}
	a := s.answer(mode, &c, key)
	s.record(Request{
		Path: r.URL.Path, Mode: mode, Model: c.Model, RequestID: r.Header.Get("X-Client-Request-Id"), Key: key.Fingerprint(),
		Body: json.RawMessage(secret.Scrub(string(raw), key)), Input: a.input, Output: a.output,
	})
	a.write(w, r, s)
}

func (s *Server) next() Mode {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.script) == 0 {
		return s.mode
	}
	m := s.script[0]
	s.script = s.script[1:]
	return m
}

func (s *Server) record(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ledger) < maxLedger {
		s.ledger = append(s.ledger, r)
	}
}

// wait returns when d has passed, the caller is gone or the stand-in is closed; without d it waits for the latter two.
func (s *Server) wait(r *http.Request, d time.Duration) {
	var due <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-due:
	case <-r.Context().Done():
	case <-s.done:
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func fail(w http.ResponseWriter, status int, kind, code, message string) {
	e := map[string]any{"message": message, "type": kind}
	if code != "" {
		e["code"] = code
	}
	writeJSON(w, status, map[string]any{"error": e})
}
