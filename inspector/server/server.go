// Package server is the inspector as a handler for net/http: it takes the place of
// PostHog and of an OTLP backend, and serves the page, a JSON API and an MCP
// endpoint about what arrived.
//
// The paths of PostHog and OTLP are open to every origin, as theirs are. All
// others are for the person in front of the machine: they check Host and Origin,
// and ask for a token where there is one.
package server

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// DefaultLimit is how many bytes of received data are kept.
const DefaultLimit = store.DefaultLimit

// Options configure a [Server]. The zero value is good for loopback.
type Options struct {
	// Limit is how many bytes of received data are kept, [DefaultLimit] when 0. The
	// oldest go first.
	Limit int
	// Dir is a folder in which what arrived survives a restart. Empty: memory only.
	Dir string
	// Token, when set, is asked for by everything but PostHog's and OTLP's paths.
	// It is needed where others than this machine can reach the server.
	Token string
	// Hosts are names under which the server may be called, beside those of
	// loopback. With a Token every name is good.
	Hosts []string
	// Forward is a PostHog that gets everything as well, such as
	// https://eu.i.posthog.com. Empty: nothing leaves the machine.
	Forward string
	// ForwardKey is the project API key with which spans that came by OTLP are
	// forwarded. Without it they stay here.
	ForwardKey string
	// Version is shown on the page.
	Version string
}

// Server is the inspector. Make one with [New] and call Close when done.
type Server struct {
	opts    Options
	store   *store.Store
	forward *forwarder // nil without Options.Forward
	grpc    *grpc.Server
	mux     *http.ServeMux
	closing chan struct{}
	close   func() error // once
}

var _ http.Handler = (*Server)(nil)

// New returns a server. It fails when the folder cannot be used or the address to
// forward to is no URL.
func New(opts Options) (*Server, error) {
	s := &Server{opts: opts, store: store.New(opts.Limit), closing: make(chan struct{})}
	if opts.Forward != "" {
		f, err := newForwarder(opts.Forward, opts.ForwardKey, s.refuse)
		if err != nil {
			return nil, err
		}
		s.forward = f
	}
	if opts.Dir != "" {
		if err := s.store.Open(opts.Dir); err != nil {
			return nil, errors.Join(errors.New("otelposthog: the inspector cannot keep its data in "+opts.Dir), err)
		}
	}
	s.close = sync.OnceValue(s.closeNow)
	s.grpc = s.newGRPC()
	s.mux = s.routes()
	return s, nil
}

// Close ends open streams, sends what is to be forwarded, and writes the file.
// Another Close waits for the first.
func (s *Server) Close() error { return s.close() }

func (s *Server) closeNow() error {
	close(s.closing)
	s.grpc.Stop()
	s.forward.close()
	return s.store.Close()
}

// HTTPServer returns a server for net/http that speaks HTTP/1 and, for gRPC on the
// same address, HTTP/2 without TLS.
func (s *Server) HTTPServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	srv := &http.Server{Handler: s, Protocols: protocols, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	// Streams of pages end with the server: Shutdown would wait for them.
	srv.RegisterOnShutdown(func() { _ = s.Close() }) // whoever made s hears the error
	return srv
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for _, path := range capturePaths {
		mux.HandleFunc(path, s.open(s.serveCapture))
		mux.HandleFunc(path+"/{$}", s.open(s.serveCapture))
	}
	mux.HandleFunc("/s/{$}", s.open(s.serveRecording))
	mux.HandleFunc("/s", s.open(s.serveRecording))
	mux.HandleFunc("/flags", s.open(serveFlags))
	mux.HandleFunc("/flags/{$}", s.open(serveFlags))
	mux.HandleFunc("/decide/{$}", s.open(serveFlags))
	mux.HandleFunc("/array/{key}/{file}", s.open(serveRemoteConfig))
	mux.HandleFunc("/static/{path...}", s.open(s.serveStatic))
	mux.HandleFunc("/v1/traces", s.open(s.serveTraces))
	mux.HandleFunc("/v1/logs", s.open(s.serveLogs))
	mux.HandleFunc("/v1/metrics", s.open(serveMetrics))
	mux.HandleFunc("/i/v0/ai/otel", s.open(s.serveTraces))

	mux.Handle("/inspector/api/", s.private(s.api()))
	mux.Handle("/inspector/ui/", s.private(serveFiles()))
	mux.Handle("/mcp", s.private(s.mcp()))
	// Links that PostHog's own libraries make lead to the same thing here.
	for _, path := range []string{"/replay/{id}", "/project/{project}/replay/{id}"} {
		mux.Handle(path, s.private(redirect("/sessions/")))
	}
	for _, path := range []string{"/llm-analytics/traces/{id}", "/project/{project}/llm-analytics/traces/{id}"} {
		mux.Handle(path, s.private(redirect("/traces/")))
	}
	mux.Handle("/", s.private(http.HandlerFunc(servePage)))
	return mux
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.knownHost(r.Host) {
		http.Error(w, "otelposthog inspector: the host "+hostOnly(r.Host)+" is not one of this server; name it with -host", http.StatusMisdirectedRequest)
		return
	}
	if r.ProtoMajor == 2 && isGRPC(r) {
		s.grpc.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// refuse remembers a request of which something was not stored.
func (s *Server) refuse(path string, status int, reason string) {
	s.store.AddRefusal(store.Refusal{Time: time.Now(), Path: path, Status: status, Reason: reason})
}

func redirect(to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u := url.URL{Path: to + r.PathValue("id"), RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, u.String(), http.StatusFound)
	})
}

func hostOnly(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}
