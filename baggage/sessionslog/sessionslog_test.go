package sessionslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/slogtest"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/baggage/sessionslog"
)

const sessionID = "0197c2a0-0000-7000-8000-000000000000"

// TestRequest logs within a browser's request.
func TestRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := slog.New(sessionslog.NewHandler(slog.NewJSONHandler(&out, nil)))
	tp := sdktrace.NewTracerProvider()
	var span trace.SpanContext
	srv := httptest.NewServer(baggage.NewHandler(otelhttp.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		span = trace.SpanContextFromContext(r.Context())
		logger.InfoContext(r.Context(), "answered", "n", 1)
	}), "serve", otelhttp.WithTracerProvider(tp), otelhttp.WithPropagators(baggage.Propagator(nil)))))
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	require.NoError(t, err)
	req.Header.Set("X-POSTHOG-SESSION-ID", sessionID)
	req.Header.Set("X-POSTHOG-DISTINCT-ID", "ada@example.com")
	resp, err := srv.Client().Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())

	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line))
	require.Equal(t, span.TraceID().String(), line["trace_id"])
	require.Equal(t, span.SpanID().String(), line["span_id"])
	require.Equal(t, sessionID, line["$session_id"])
	require.InDelta(t, 1, line["n"], 0)
	require.NotContains(t, out.String(), "ada")
}

func known(t *testing.T) context.Context {
	t.Helper()
	ctx, err := baggage.ContextWithSession(t.Context(), baggage.Session{ID: "s"})
	require.NoError(t, err)
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}}))
}

func text(out *bytes.Buffer) slog.Handler {
	return slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}})
}

func TestLines(t *testing.T) {
	t.Parallel()
	const ids = "trace_id=01000000000000000000000000000000 span_id=0200000000000000 $session_id=s"
	for name, tt := range map[string]struct {
		derive func(*slog.Logger) *slog.Logger
		want   string
	}{
		"plain":              {func(l *slog.Logger) *slog.Logger { return l }, "msg=m a=1 " + ids},
		"attributes":         {func(l *slog.Logger) *slog.Logger { return l.With("b", 2) }, "msg=m b=2 a=1 " + ids},
		"group":              {func(l *slog.Logger) *slog.Logger { return l.WithGroup("g") }, "msg=m " + ids + " g.a=1"},
		"group, attributes":  {func(l *slog.Logger) *slog.Logger { return l.WithGroup("g").With("b", 2) }, "msg=m " + ids + " g.b=2 g.a=1"},
		"groups within":      {func(l *slog.Logger) *slog.Logger { return l.With("c", 3).WithGroup("g").WithGroup("h") }, "msg=m c=3 " + ids + " g.h.a=1"},
		"no name, no values": {func(l *slog.Logger) *slog.Logger { return l.WithGroup("").With() }, "msg=m a=1 " + ids},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			tt.derive(slog.New(sessionslog.NewHandler(text(&out)))).InfoContext(known(t), "m", "a", 1)
			require.Equal(t, tt.want+"\n", out.String())
		})
	}
}

// TestSiblings: two loggers from one do not share what they add.
func TestSiblings(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	parent := slog.New(sessionslog.NewHandler(text(&out))).WithGroup("g").With("a", 1)
	one, two := parent.With("b", 2), parent.With("c", 3)
	one.InfoContext(known(t), "m")
	two.InfoContext(known(t), "m")
	lines := strings.Split(out.String(), "\n")
	require.Contains(t, lines[0], "g.a=1 g.b=2")
	require.Contains(t, lines[1], "g.a=1 g.c=3")
}

func TestNothingKnown(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	h := sessionslog.NewHandler(text(&out))
	slog.New(h).Info("m")
	slog.New(h).InfoContext(nil, "m") //nolint:staticcheck // A caller may do so.
	require.Equal(t, "msg=m\nmsg=m\n", out.String())
	require.Nil(t, sessionslog.Attrs(t.Context()))
	slog.New(sessionslog.NewHandler(nil)).Info("dropped")
}

// TestHandler is the standard library's conformance test, within a request.
func TestHandler(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		out.Reset()
		return sessionslog.NewHandler(slog.NewJSONHandler(&out, nil))
	}, func(t *testing.T) map[string]any {
		var line map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &line))
		return line
	})
}

func Example() {
	handler := slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{} // the same output each time
		}
		return a
	}})
	logger := slog.New(sessionslog.NewHandler(handler))

	// baggage.NewHandler does this for each request of a browser.
	ctx, err := baggage.ContextWithSession(context.Background(), baggage.Session{ID: sessionID})
	if err != nil {
		fmt.Println(err)
		return
	}
	logger.InfoContext(ctx, "answered", "tokens", 34)
	// Output: {"level":"INFO","msg":"answered","tokens":34,"$session_id":"0197c2a0-0000-7000-8000-000000000000"}
}

func BenchmarkHandler(b *testing.B) {
	ctx, err := baggage.ContextWithSession(b.Context(), baggage.Session{ID: sessionID})
	require.NoError(b, err)
	for name, h := range map[string]slog.Handler{
		"base": slog.NewJSONHandler(discard{}, nil), "with": sessionslog.NewHandler(slog.NewJSONHandler(discard{}, nil)),
	} {
		logger := slog.New(h)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				logger.InfoContext(ctx, "answered", "tokens", 34)
			}
		})
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
