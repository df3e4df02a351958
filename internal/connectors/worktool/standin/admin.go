package standin

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

func (s *Sim) adminRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /sim/{$}", s.page)
	mux.HandleFunc("GET /sim/chats", s.chatsPage)
	mux.HandleFunc("GET /sim/ledger", s.getLedger)
	mux.HandleFunc("GET /sim/counts", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, s.Counts()) })
	mux.HandleFunc("GET /sim/robots", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, s.Robots()) })
	mux.HandleFunc("GET /sim/groups", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, s.Groups()) })
	mux.HandleFunc("POST /sim/say", s.postSay)
	mux.HandleFunc("POST /sim/mode", s.postMode)
	mux.Handle("GET /{$}", http.RedirectHandler("/sim/", http.StatusFound))
}

// RobotView is a robot as it stands.
type RobotView struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Role        string         `json:"role,omitempty"`
	Online      bool           `json:"online"`
	Queue       int            `json:"queue"`
	Mode        Mode           `json:"mode"`
	ReplyAll    int            `json:"replyAll"`
	CallbackURL string         `json:"callbackUrl,omitempty"` // of messages; empty while switched off
	Bound       map[int]string `json:"bound,omitempty"`
}

// Robots lists the robots in the order in which they were added.
func (s *Sim) Robots() []RobotView {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := make([]RobotView, len(s.robots))
	for i, r := range s.robots {
		v := RobotView{
			ID: r.id, Name: r.name, Role: r.role, Online: !r.mode.Offline, Queue: len(r.queue), Mode: r.mode,
			ReplyAll: r.replyAll, Bound: map[int]string{},
		}
		if r.openCallback == 1 {
			v.CallbackURL = r.callbackURL
		}
		for kind, address := range r.bound {
			v.Bound[kind] = address
		}
		views[i] = v
	}
	return views
}

// GroupView is a chat as it stands.
type GroupView struct {
	Name    string            `json:"name"`
	Private bool              `json:"private,omitempty"`
	Notice  string            `json:"notice,omitempty"`
	Members []string          `json:"members"`
	Robots  []string          `json:"robots"` // ids
	Remarks map[string]string `json:"remarks,omitempty"`
	Lines   []Line            `json:"lines"`
}

// Groups lists the groups in the order in which they were made, then the private chats.
func (s *Sim) Groups() []GroupView {
	s.mu.Lock()
	defer s.mu.Unlock()
	views := make([]GroupView, 0, len(s.groups))
	for _, c := range s.groups {
		views = append(views, c.view())
	}
	for _, r := range s.robots {
		for _, c := range r.privates {
			views = append(views, c.view())
		}
	}
	return views
}

func (c *chat) view() GroupView {
	v := GroupView{
		Name: c.name, Private: c.private, Notice: c.notice, Members: append([]string{}, c.members...),
		Robots: []string{}, Remarks: map[string]string{}, Lines: []Line{},
	}
	for _, r := range c.robots {
		v.Robots = append(v.Robots, r.id)
		if remark := c.remarks[r]; remark != "" {
			v.Remarks[r.id] = remark
		}
	}
	c.lines.oldest(func(l *Line) bool {
		v.Lines = append(v.Lines, *l)
		return true
	})
	return v
}

func (s *Sim) getLedger(w http.ResponseWriter, req *http.Request) {
	q := req.URL.Query()
	query := LedgerQuery{RobotID: q.Get("robotId"), Group: q.Get("group")}
	for name, set := range map[string]func(int64){
		"after": func(n int64) { query.After = n },
		"limit": func(n int64) { query.Limit = int(min(n, 100_000)) },
	} {
		if written := q.Get(name); written != "" {
			n, err := strconv.ParseInt(written, 10, 64)
			if err != nil {
				write(w, http.StatusBadRequest, problem(name+" is not a number"))
				return
			}
			set(n)
		}
	}
	write(w, http.StatusOK, s.Ledger(query))
}

// postSay takes JSON, or the form of the page.
func (s *Sim) postSay(w http.ResponseWriter, req *http.Request) {
	req.Body = http.MaxBytesReader(w, req.Body, maxBody)
	var u Utterance
	form := strings.HasPrefix(req.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if form {
		u.Group, u.Sender, u.Text = req.FormValue("group"), req.FormValue("sender"), req.FormValue("text")
		if at := strings.TrimSpace(req.FormValue("at")); at != "" {
			u.At = strings.Split(at, ",")
		}
	} else if !read(req, &u) {
		write(w, http.StatusBadRequest, problem("the body is not an utterance in JSON"))
		return
	}
	if u.Sender == "" || u.Text == "" && len(u.Image) == 0 {
		write(w, http.StatusBadRequest, problem("an utterance needs a sender, and a text or an image"))
		return
	}
	if err := s.Say(u); err != nil {
		write(w, statusOf(err), problem(err.Error()))
		return
	}
	if form {
		http.Redirect(w, req, "/sim/", http.StatusSeeOther)
		return
	}
	write(w, http.StatusOK, struct{}{})
}

// postMode takes {"robotId": ..., "mode": {...}}. The mode replaces the one before.
func (s *Sim) postMode(w http.ResponseWriter, req *http.Request) {
	var body struct {
		RobotID string `json:"robotId"`
		Mode    Mode   `json:"mode"`
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, req.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		write(w, http.StatusBadRequest, problem(err.Error()))
		return
	}
	if err := s.SetMode(body.RobotID, body.Mode); err != nil {
		write(w, statusOf(err), problem(err.Error()))
		return
	}
	write(w, http.StatusOK, body.Mode)
}

func problem(text string) map[string]string { return map[string]string{"error": text} }

func statusOf(err error) int {
	if errors.Is(err, ErrNoSuch) {
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}
