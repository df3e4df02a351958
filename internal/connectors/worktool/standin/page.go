package standin

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed chats.html
	chatsSource string
)

// pages are the parsed templates.
type pages struct {
	page, chats *template.Template
}

func parsePages() (p pages, err error) {
	if p.page, err = template.New("page").Parse(pageSource); err != nil {
		return p, fmt.Errorf("parse the page: %w", err)
	}
	if p.chats, err = template.New("chats").Parse(chatsSource); err != nil {
		return p, fmt.Errorf("parse the chats: %w", err)
	}
	return p, nil
}

// page is for people: a form to say something, and the chats in a frame that loads itself again.
func (s *Sim) page(w http.ResponseWriter, _ *http.Request) {
	s.render(w, s.html.page)
}

func (s *Sim) chatsPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, s.html.chats)
}

func (s *Sim) render(w http.ResponseWriter, t *template.Template) {
	var body bytes.Buffer
	err := t.Execute(&body, map[string]any{"Groups": s.Groups(), "Robots": s.Robots(), "Counts": s.Counts()})
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'unsafe-inline'")
	_, _ = w.Write(body.Bytes()) // the reader is gone, nobody to tell
}
