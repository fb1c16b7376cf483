package posthogtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is a PostHog that listens on loopback. Make one with [NewServer]; the
// zero Server is one without options that waits for Start. All methods are safe
// for concurrent use.
type Server struct {
	// URL is the address of the server, such as http://127.0.0.1:40123, without a
	// slash at the end. It stays the same over Stop and Start.
	URL string

	config config
	script script
	store  store
	cert   tls.Certificate // without TLS, empty
	client http.Client

	mu     sync.Mutex // guards the fields below
	addr   string
	run    *run // nil while stopped
	closed bool
}

// run is one time of listening, from Start to Stop.
type run struct {
	server *http.Server
	// busy counts what must end before Stop returns: the accepting goroutine,
	// open connections and running handlers.
	busy sync.WaitGroup
}

// NewServer starts a server. Like httptest.NewServer, it panics when it cannot
// listen on loopback, because a test cannot go on without. The caller calls
// Close when done.
func NewServer(opts ...Option) *Server {
	c := newConfig(opts)
	s := &Server{config: c, addr: c.address}
	s.SetFaults(c.faults...)
	s.SetFaultFunc(c.pick)
	transport := &http.Transport{}
	if c.tls {
		cert, err := newCertificate()
		if err != nil {
			panic(err)
		}
		s.cert = cert
		roots := x509.NewCertPool()
		roots.AddCert(cert.Leaf)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	s.client.Transport = transport
	if err := s.Start(); err != nil {
		panic(err)
	}
	return s
}

// Client returns a client that trusts the certificate of the server. It is the
// same client every time; Close closes its idle connections.
func (s *Server) Client() *http.Client { return &s.client }

// Certificate returns the certificate of the server, for a pool of trusted
// roots. It is nil without [WithTLS].
func (s *Server) Certificate() *x509.Certificate { return s.cert.Leaf }

// Stop makes the server refuse connections and cuts the open ones, requests in
// flight included; what they had stored stays. It returns when all of them are
// through. On a stopped or closed server it does nothing.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
}

func (s *Server) stop() {
	if s.run == nil {
		return
	}
	_ = s.run.server.Close()
	s.run.busy.Wait()
	s.run = nil
}

// Start listens again after Stop, on the same address, for which it waits up to
// two seconds. On a running server it does nothing. The error says that the
// address is taken meanwhile, or wraps [ErrClosed] after Close.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%w: it cannot start again, make a new one", ErrClosed)
	}
	if s.run != nil {
		return nil
	}
	listener, err := listen(s.addr)
	if err != nil {
		return fmt.Errorf("otelposthog: start the test server: %w", err)
	}
	if s.URL == "" {
		scheme := "http://"
		if s.config.tls {
			scheme = "https://"
		}
		s.addr = listener.Addr().String()
		s.URL = scheme + s.addr
	}
	if s.config.tls {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{s.cert}})
	}
	s.run = s.serve(listener)
	return nil
}

func (s *Server) serve(listener net.Listener) *run {
	r := &run{}
	ctx, cancel := context.WithCancel(context.Background())
	r.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.busy.Add(1)
			defer r.busy.Done()
			s.handle(w, req)
		}),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				r.busy.Add(1)
			case http.StateHijacked, http.StateClosed:
				r.busy.Done()
			}
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	r.busy.Go(func() {
		defer cancel() // wakes the handlers that play a slow fault
		_ = r.server.Serve(listener)
	})
	return r
}

// listen takes any free port of loopback, or the address of before.
func listen(addr string) (net.Listener, error) {
	var lc net.ListenConfig
	ctx := context.Background()
	if addr == "" {
		listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			listener, err = lc.Listen(ctx, "tcp", "[::1]:0")
		}
		return listener, err
	}
	// A client that keeps dialing a stopped server can be given the very port that
	// it dials as its own, and another test server any that is free: both hold it
	// for a moment.
	for tries := 100; ; tries-- {
		listener, err := lc.Listen(ctx, "tcp", addr)
		if err == nil || tries == 0 {
			return listener, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Close stops the server for good and wakes everybody in Wait. What was stored
// can still be read. Closing twice does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
	s.closed = true
	s.store.close()
	if s.client.Transport != nil {
		s.client.CloseIdleConnections()
	}
}
