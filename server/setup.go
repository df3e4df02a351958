package server

import (
	_ "embed"
	"net/http"
)

// SetupPath is the page where the owner is created; the token follows as a fragment, which browsers send to nobody.
const SetupPath = "/setup"

var (
	//go:embed setup.html
	setupPage []byte
	//go:embed setup.js
	setupScript []byte
)

// setup serves the page of the one-time link where there is no console to do it.
func setup(mux *http.ServeMux) {
	serve := func(path, kind string, content []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind+"; charset=utf-8")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'")
			_, _ = w.Write(content)
		})
	}
	serve(SetupPath, "text/html", setupPage)
	serve(SetupPath+".js", "text/javascript", setupScript)
}
