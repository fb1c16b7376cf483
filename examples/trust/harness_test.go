package trust_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// The globals are set as services set them, with the propagator that keeps the
// session at home. The Anthropic client needs no
// more to make spans of its own and to write the propagation headers itself,
// which is the hardest case: the session is in the headers before any transport.
func TestMain(m *testing.M) {
	proc := processor.New(discard{})
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(proc)))
	otel.SetTextMapPropagator(baggage.Propagator(nil, baggage.WithAIParent(proc.AIParent)))
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start")) // of google.golang.org/api
}

// discard is the end of the pipeline: these tests look at the wire.
type discard struct{}

func (discard) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (discard) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (discard) Shutdown(context.Context) error                  { return nil }
func (discard) ForceFlush(context.Context) error                { return nil }

const (
	openAIHost    = "api.openai.test"
	anthropicHost = "api.anthropic.test"
	ownHost       = "assistant.internal.test"
)

// The session of the tests. The distinct id needs escaping on its way.
var session = baggage.Session{
	ID:         "0198c6a1-7c1e-7d5a-9d2b-3f6f5a2b1c0d",
	WindowID:   "0198c6a1-7c1e-7e00-8000-0123456789ab",
	DistinctID: "käthe+1@example.com",
}

// request is what arrived.
type request struct {
	host, path, body string
	header           http.Header
}

// internet is every host there is: one server on loopback that all names lead
// to, and what arrived there.
type internet struct {
	transport *http.Transport

	mu       sync.Mutex
	requests []request
	answers  []http.HandlerFunc // played first, one per request
}

func newInternet(t *testing.T, answers ...http.HandlerFunc) *internet {
	t.Helper()
	in := &internet{answers: answers}
	srv := httptest.NewServer(in)
	t.Cleanup(srv.Close)
	in.transport = &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
	}}
	t.Cleanup(in.transport.CloseIdleConnections)
	return in
}

func (in *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(errors.Join(http.ErrAbortHandler, err))
	}
	in.mu.Lock()
	in.requests = append(in.requests, request{r.Host, r.URL.String(), string(body), r.Header.Clone()})
	answer := answer
	if len(in.answers) > 0 {
		answer, in.answers = in.answers[0], in.answers[1:]
	}
	in.mu.Unlock()
	answer(w, r)
}

// answer is that of a model, for the API that the path belongs to.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/messages") {
		_, _ = io.WriteString(w, `{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"text","text":"hi"}],
			"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}`)
		return
	}
	_, _ = io.WriteString(w, `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt","choices":[{"index":0,"finish_reason":"stop",
		"message":{"role":"assistant","content":"hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)
}

// arrived returns what a host got, and fails when that was nothing.
func (in *internet) arrived(t *testing.T, host string) []request {
	t.Helper()
	in.mu.Lock()
	defer in.mu.Unlock()
	got := slices.DeleteFunc(slices.Clone(in.requests), func(r request) bool { return r.host != host })
	require.NotEmpty(t, got, "nothing arrived at %s", host)
	return got
}

// place is where baggage.NewTransport stands.
type place struct {
	name string
	wrap func(next http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper
}

var (
	above = place{"above otelhttp", func(next http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
		return baggage.NewTransport(otelhttp.NewTransport(next), opts...)
	}}
	below = place{"below otelhttp", func(next http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
		return otelhttp.NewTransport(baggage.NewTransport(next, opts...))
	}}
	places = []place{above, below}
)

// userRequest is the context of a request of the session's user: it carries the
// session, a member of somebody else, and an AI span that is under way.
func userRequest(t *testing.T) context.Context {
	t.Helper()
	ctx, err := baggage.ContextWithSession(t.Context(), session)
	require.NoError(t, err)
	foreign, err := otelbaggage.NewMemberRaw("tenant", "nordlicht")
	require.NoError(t, err)
	b, err := otelbaggage.FromContext(ctx).SetMember(foreign)
	require.NoError(t, err)
	ctx, span := otel.Tracer("test").Start(otelbaggage.ContextWithBaggage(ctx, b), "invoke_agent test")
	span.SetAttributes(semconv.GenAIOperationNameKey.String(semconv.OperationInvokeAgent))
	t.Cleanup(func() { span.End() })
	return ctx
}

// requireNoSession fails when anything of the session is in the request: in a
// header, the path or the body, under whatever name, plain or escaped.
func requireNoSession(t *testing.T, r request) {
	t.Helper()
	var text strings.Builder
	require.NoError(t, r.header.Write(&text))
	all := strings.ToLower(text.String() + r.path + r.body)
	for _, secret := range []string{session.ID, session.WindowID, session.DistinctID} {
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), "the+1@example", "the%2b1%40example"} {
			require.NotContains(t, all, strings.ToLower(form))
		}
	}
	for _, name := range []string{
		baggage.MemberSessionID, baggage.MemberWindowID, baggage.MemberDistinctID, baggage.MemberAIParent,
		"posthog", "$session_id",
	} {
		require.NotContains(t, all, strings.ToLower(name))
	}
}

// requireSession fails unless the whole session arrived, once.
func requireSession(t *testing.T, r request) {
	t.Helper()
	require.Len(t, r.header.Values("baggage"), 1)
	b, err := otelbaggage.Parse(r.header.Get("baggage"))
	require.NoError(t, err)
	got, ok := baggage.SessionFromContext(otelbaggage.ContextWithBaggage(t.Context(), b))
	require.True(t, ok)
	require.Equal(t, session, got)
}
