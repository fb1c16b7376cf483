package baggage_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
)

const (
	sessionA = "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b"
	sessionB = "0199a5b0-ffff-7e3f-8a4b-5c6d7e8f9a0b"
	windowA  = "0199a5b0-1c2d-7000-8a4b-000000000001"
)

// reported collects what the package says to the OpenTelemetry error handler.
var reported errorLog

func TestMain(m *testing.M) {
	otel.SetErrorHandler(&reported)
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		os.Exit(code)
	}))
}

type errorLog struct {
	mu    sync.Mutex
	texts []string
}

func (l *errorLog) Handle(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, err.Error())
}

// count counts the reports that contain text.
func (l *errorLog) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, t := range l.texts {
		if strings.Contains(t, text) {
			n++
		}
	}
	return n
}

var w3c = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})

// starts keeps the session that each span could see when it started.
type starts struct {
	mu       sync.Mutex
	sessions []baggage.Session
}

func (s *starts) OnStart(parent context.Context, _ sdktrace.ReadWriteSpan) {
	session, _ := baggage.SessionFromContext(parent)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = append(s.sessions, session)
}

func (s *starts) last() baggage.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[len(s.sessions)-1]
}

func (*starts) OnEnd(sdktrace.ReadOnlySpan)      {}
func (*starts) ForceFlush(context.Context) error { return nil }
func (*starts) Shutdown(context.Context) error   { return nil }

func tracing(t *testing.T) (trace.TracerProvider, *starts) {
	t.Helper()
	s := &starts{}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(s))
	t.Cleanup(func() { _ = tp.Shutdown(context.Background()) })
	return tp, s
}

// seen is what the handler inside otelhttp inside NewHandler got.
type seen struct {
	Session baggage.Session // of the context
	Span    baggage.Session // that otelhttp's server span could be stamped with
	Header  http.Header
	Bag     otelbaggage.Baggage
}

// edge is a real server with the usual stack behind it.
type edge struct {
	url    string
	client *http.Client
	seen   chan seen
}

func newEdge(t *testing.T, opts ...baggage.HandlerOption) *edge {
	t.Helper()
	tp, spans := tracing(t)
	e := &edge{seen: make(chan seen, 1)}
	inner := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := baggage.SessionFromContext(r.Context())
		e.seen <- seen{s, spans.last(), r.Header, otelbaggage.FromContext(r.Context())}
	})
	srv := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(inner, "edge",
		otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(w3c)), opts...))
	t.Cleanup(srv.Close)
	e.url, e.client = srv.URL, srv.Client()
	return e
}

// get sends a request with the header and returns what arrived inside.
func (e *edge) get(t *testing.T, header http.Header) seen {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url, http.NoBody)
	require.NoError(t, err)
	req.Header = header
	res, err := e.client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	return <-e.seen
}

// headers builds a header from name, value, name, value, ... as it would arrive.
func headers(pairs ...string) http.Header {
	h := make(http.Header)
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func mustContext(t testing.TB, s baggage.Session) context.Context {
	t.Helper()
	ctx, err := baggage.ContextWithSession(t.Context(), s)
	require.NoError(t, err)
	return ctx
}

func withMember(ctx context.Context, t testing.TB, key, value string, props ...otelbaggage.Property) context.Context {
	t.Helper()
	m, err := otelbaggage.NewMemberRaw(key, value, props...)
	require.NoError(t, err)
	b, err := otelbaggage.FromContext(ctx).SetMember(m)
	require.NoError(t, err)
	return otelbaggage.ContextWithBaggage(ctx, b)
}
