package standin

import (
	"encoding/json"
	"net/http"
)

// Admin returns the handler that switches modes:
//
//	GET    /mode      {"mode":"normal"}
//	PUT    /mode      {"mode":"hang"}, or {"script":["limited","normal"]} for the next requests
//	GET    /modes     all there are
//	GET    /requests  the ledger
//	DELETE /requests  forgets it
//
// It has no guard of its own: it belongs on an address of its own.
func (s *Server) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /mode", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		out := map[string]any{"mode": s.mode, "script": s.script}
		s.mu.Unlock()
		writeJSON(w, http.StatusOK, out)
	})
	mux.HandleFunc("PUT /mode", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Mode   Mode   `json:"mode"`
			Script []Mode `json:"script"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&in); err != nil {
			http.Error(w, "not JSON", http.StatusBadRequest)
			return
		}
		for _, m := range append([]Mode{in.Mode}, in.Script...) {
			if m != "" && !m.known() {
				http.Error(w, "unknown mode", http.StatusBadRequest)
				return
			}
		}
		if in.Mode != "" {
			s.SetMode(in.Mode)
		}
		if in.Script != nil {
			s.Script(in.Script...)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /modes", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, Modes()) })
	mux.HandleFunc("GET /requests", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, s.Ledger()) })
	mux.HandleFunc("DELETE /requests", func(w http.ResponseWriter, _ *http.Request) {
		s.Forget()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}
