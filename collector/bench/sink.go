package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// sink takes whatever comes, as PostHog or as an OTLP backend, and counts bytes.
type sink struct {
	url      string
	received atomic.Int64
	server   *http.Server
}

func newSink() (*sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // It is there at once or not.
	if err != nil {
		return nil, err
	}
	s := &sink{url: "http://" + l.Addr().String()}
	s.server = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(l) //nolint:errcheck // It ends with close.
	return s, nil
}

func (s *sink) serve(w http.ResponseWriter, r *http.Request) {
	n, _ := io.Copy(io.Discard, r.Body) // A broken body counts as far as it came.
	s.received.Add(n)
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		w.Header().Set("Content-Type", "application/x-protobuf")
		return // an empty OTLP answer
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"status":"Ok"}`) //nolint:errcheck // The Collector notices.
}

// settle returns when nothing has come for a while.
func (s *sink) settle(ctx context.Context) {
	for last := int64(-1); last != s.received.Load() && ctx.Err() == nil; {
		last = s.received.Load()
		time.Sleep(3 * time.Second)
	}
}

func (s *sink) close() {
	s.server.Close() //nolint:errcheck // The command ends.
}
