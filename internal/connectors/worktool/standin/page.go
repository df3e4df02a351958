package standin

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

var (
	//go:embed page.html
	pageSource string
	//go:embed chats.html
	chatsSource string

	pageTemplate  = template.Must(template.New("page").Parse(pageSource))
	chatsTemplate = template.Must(template.New("chats").Parse(chatsSource))
)

// page is for people: a form to say something, and the chats in a frame that loads itself again.
func (s *Sim) page(w http.ResponseWriter, _ *http.Request) {
	s.render(w, pageTemplate)
}

func (s *Sim) chatsPage(w http.ResponseWriter, _ *http.Request) {
	s.render(w, chatsTemplate)
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
