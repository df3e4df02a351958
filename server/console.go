package server

import (
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// Console serves the web console's files. An address that is no file is one of the console's own screens and gets the page, so that every
// screen can be opened by its link. Files with a digest in their name may be kept for ever; the page itself is asked for anew each time.
func Console(files fs.FS) http.Handler {
	server := http.FileServerFS(files)
	return squeezed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Frame-Options", "SAMEORIGIN")
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if info, err := fs.Stat(files, name); name == "" || err != nil || info.IsDir() {
			if path.Ext(name) != "" && strings.HasPrefix(name, "assets/") {
				http.NotFound(w, r)
				return
			}
			header.Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, files, "index.html")
			return
		}
		if strings.HasPrefix(name, "assets/") {
			header.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		server.ServeHTTP(w, r)
	}))
}

// squeezed compresses as well as it can, which fast zstd does not: a browser asks for each file once, and the first load has a budget.
func squeezed(handler http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.CompressionLevel(gzip.BestCompression), gzhttp.PreferZstd(false))
	if err != nil {
		return gzhttp.GzipHandler(handler)
	}
	return wrap(handler)
}
