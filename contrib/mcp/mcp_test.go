package mcp_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthogmcp "github.com/otelposthog/otelposthog-go/contrib/mcp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ofA = baggage.Session{ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", WindowID: "0199a5b0-1c2d-7000-8a4b-000000000001", DistinctID: "zoe@example.com", Consent: baggage.ConsentRefused}

var (
	propagator = baggage.Propagator(nil)
	plain      = propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
)

// seen is what a tool call brought to the server.
type seen struct {
	meta    map[string]any
	session baggage.Session
	parent  trace.SpanContext
	tenant  string
}

// tools is a server with one tool that keeps what arrives.
type tools struct {
	*mcp.Server
	mu    sync.Mutex
	calls []seen
}

func newTools(opts ...posthogmcp.Option) *tools {
	s := &tools{Server: mcp.NewServer(&mcp.Implementation{Name: "tools", Version: "1"}, nil)}
	s.AddReceivingMiddleware(posthogmcp.ReceivingMiddleware(opts...))
	mcp.AddTool(s.Server, &mcp.Tool{Name: "look"}, func(ctx context.Context, req *mcp.CallToolRequest, _ struct{}) (*mcp.CallToolResult, any, error) {
		session, _ := baggage.SessionFromContext(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, seen{req.Params.GetMeta(), session, trace.SpanContextFromContext(ctx), otelbaggage.FromContext(ctx).Member("tenant").Value()})
		return &mcp.CallToolResult{}, nil, nil
	})
	return s
}

func (s *tools) last(t *testing.T) seen {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(t, s.calls)
	return s.calls[len(s.calls)-1]
}

// laden is a context with a session, a member of somebody else and a span.
func laden(t *testing.T) (context.Context, trace.SpanContext) {
	t.Helper()
	ctx, err := baggage.ContextWithSession(t.Context(), ofA)
	require.NoError(t, err)
	m, err := otelbaggage.NewMemberRaw("tenant", "acme")
	require.NoError(t, err)
	b, err := otelbaggage.FromContext(ctx).SetMember(m)
	require.NoError(t, err)
	tp := sdktrace.NewTracerProvider()
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	ctx, span := tp.Tracer("test").Start(otelbaggage.ContextWithBaggage(ctx, b), "agent")
	t.Cleanup(func() { span.End() })
	return ctx, span.SpanContext()
}

func requireNothing(t *testing.T, s seen) {
	t.Helper()
	require.True(t, s.session.IsZero())
	for key, value := range s.meta {
		text, _ := value.(string)
		for _, secret := range []string{ofA.ID, ofA.WindowID, "zoe", "opt_out"} {
			require.NotContains(t, key+text, secret)
		}
	}
	require.Equal(t, "acme", s.tenant, "members of others")
}

func connect(t *testing.T, transport mcp.Transport, middleware ...mcp.Middleware) *mcp.ClientSession {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil)
	client.AddSendingMiddleware(middleware...)
	session, err := client.Connect(t.Context(), transport, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, session.Close()) })
	return session
}

func call(ctx context.Context, t *testing.T, session *mcp.ClientSession, params *mcp.CallToolParams) {
	t.Helper()
	res, err := session.CallTool(ctx, params)
	require.NoError(t, err)
	require.False(t, res.IsError)
}

// Over HTTP, as services do it.
func TestOverHTTP(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []posthogmcp.Option
		want bool
	}{
		"nobody is trusted by default": {nil, false},
		"another host":                 {[]posthogmcp.Option{posthogmcp.WithTrustedHosts("*.own.test")}, false},
		"no such pattern":              {[]posthogmcp.Option{posthogmcp.WithTrustedHosts("http://127.0.0.1"), nil}, false},
		"a trusted host":               {[]posthogmcp.Option{posthogmcp.WithTrustedHosts("*.own.test"), posthogmcp.WithTrustedHosts(baggage.Loopback)}, true},
		"a trusted server":             {[]posthogmcp.Option{posthogmcp.WithTrustedServer()}, true},
		"a plain propagator":           {[]posthogmcp.Option{posthogmcp.WithPropagators(plain)}, false},
		"a plain one, trusted":         {[]posthogmcp.Option{posthogmcp.WithPropagators(plain), posthogmcp.WithTrustedHosts("loopback")}, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := newTools(posthogmcp.WithPropagators(propagator))
			srv := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server.Server }, nil))
			t.Cleanup(srv.Close)
			base := &http.Transport{}
			t.Cleanup(base.CloseIdleConnections)
			transport := &mcp.StreamableClientTransport{Endpoint: srv.URL, HTTPClient: &http.Client{Transport: base}}
			session := connect(t, transport, posthogmcp.SendingMiddleware(transport, append([]posthogmcp.Option{posthogmcp.WithPropagators(propagator)}, tc.opts...)...))

			ctx, span := laden(t)
			params := &mcp.CallToolParams{Name: "look", Meta: mcp.Meta{"mine": "x"}}
			call(ctx, t, session, params)
			got := server.last(t)
			require.Equal(t, "x", got.meta["mine"])
			require.Equal(t, span.TraceID(), got.parent.TraceID())
			require.Equal(t, span.SpanID(), got.parent.SpanID())
			require.Equal(t, "acme", got.tenant)
			if tc.want {
				require.Equal(t, ofA, got.session)
			} else {
				requireNothing(t, got)
			}
			for _, key := range []string{"baggage", "traceparent"} {
				require.NotContains(t, params.Meta, key, "the caller's parameters are the caller's")
			}
			list, err := session.ListTools(ctx, nil) // has no parameters
			require.NoError(t, err)
			require.Len(t, list.Tools, 1)
		})
	}
}

// A transport without an address is trusted by name only.
func TestOtherTransports(t *testing.T) {
	for name, tc := range map[string]struct {
		opts []posthogmcp.Option
		want bool
	}{
		"hosts say nothing": {[]posthogmcp.Option{posthogmcp.WithTrustedHosts("loopback", "single-label", "*.example.com")}, false},
		"a trusted server":  {[]posthogmcp.Option{posthogmcp.WithTrustedServer()}, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := newTools(posthogmcp.WithPropagators(propagator))
			clientSide, serverSide := mcp.NewInMemoryTransports()
			_, err := server.Connect(t.Context(), serverSide, nil)
			require.NoError(t, err)
			session := connect(t, clientSide, posthogmcp.SendingMiddleware(clientSide, append(tc.opts, posthogmcp.WithPropagators(propagator))...))
			ctx, _ := laden(t)
			call(ctx, t, session, &mcp.CallToolParams{Name: "look", Meta: mcp.Meta{"baggage": "session.id=" + ofA.ID, "x-posthog-distinct-id": "zoe"}})
			if tc.want {
				require.Equal(t, ofA, server.last(t).session)
				return
			}
			requireNothing(t, server.last(t))
		})
	}
}

// A caller uses its parameters again, for a trusted server and for another one.
func TestParametersAreUsedAgain(t *testing.T) {
	own, other := newTools(posthogmcp.WithPropagators(propagator)), newTools(posthogmcp.WithPropagators(propagator))
	join := func(s *tools, opts ...posthogmcp.Option) *mcp.ClientSession {
		clientSide, serverSide := mcp.NewInMemoryTransports()
		_, err := s.Connect(t.Context(), serverSide, nil)
		require.NoError(t, err)
		return connect(t, clientSide, posthogmcp.SendingMiddleware(clientSide, append(opts, posthogmcp.WithPropagators(propagator))...))
	}
	toOwn, toOther := join(own, posthogmcp.WithTrustedServer()), join(other)
	ctx, _ := laden(t)
	params := &mcp.CallToolParams{Name: "look"}
	for range 2 {
		call(ctx, t, toOwn, params)
		require.Equal(t, ofA, own.last(t).session)
		call(ctx, t, toOther, params)
		requireNothing(t, other.last(t))
	}
	require.NotContains(t, params.Meta, "baggage")
}

func TestReceivingChecks(t *testing.T) {
	server := newTools()
	before := otel.GetTextMapPropagator()
	otel.SetTextMapPropagator(plain) // the global one is the default
	t.Cleanup(func() { otel.SetTextMapPropagator(before) })
	clientSide, serverSide := mcp.NewInMemoryTransports()
	_, err := server.Connect(t.Context(), serverSide, nil)
	require.NoError(t, err)
	session := connect(t, clientSide)
	for text, want := range map[string]baggage.Session{
		"session.id=" + ofA.ID + ",tenant=acme":                        {ID: ofA.ID},
		"%24session_id=" + ofA.ID:                                      {ID: ofA.ID},
		"session.id=undefined,posthog.distinct_id=null":                {},
		"session.id=" + strings.Repeat("a", 201):                       {},
		"posthog.distinct_id=" + strings.Repeat("x", 9000) + ",tenant": {},
	} {
		call(t.Context(), t, session, &mcp.CallToolParams{Name: "look", Meta: mcp.Meta{"baggage": text, "traceparent": 7}})
		require.Equal(t, want, server.last(t).session)
		require.False(t, server.last(t).parent.IsValid())
	}
}
