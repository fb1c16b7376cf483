package main

import (
	"net/http"
)

// gateway is hop 1: it passes the request on over HTTP. The session comes in by
// the headers of posthog-js and goes out as baggage; there is no code for it.
type gateway struct {
	plannerURL string
	client     *http.Client
}

var _ http.Handler = (*gateway)(nil)

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, g.plannerURL, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if err := send(g.client, req); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
