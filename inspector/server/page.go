package server

import (
	"net/http"
	"path"
	"strings"

	"github.com/otelposthog/otelposthog-go/inspector/internal/assets"
	"github.com/otelposthog/otelposthog-go/inspector/internal/web"
)

// servePage serves the one page for every path that it draws itself.
func servePage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.Contains(path.Base(r.URL.Path), ".") {
		http.NotFound(w, r) // a file that is not there, such as favicon.ico
		return
	}
	http.ServeFileFS(w, r, web.Files, "index.html")
}

// serveFiles serves the scripts and styles of the page and of the player.
func serveFiles() http.Handler {
	files := http.FileServerFS(web.Files)
	player := http.FileServerFS(assets.Files())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/inspector/ui/player/"); ok {
			r.URL.Path = "/player/" + rest
			player.ServeHTTP(w, r)
			return
		}
		http.StripPrefix("/inspector/ui/", files).ServeHTTP(w, r)
	})
}
