package convert_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	messages "github.com/otelposthog/otelposthog-go/internal/chat"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// TestRecordings checks what holds for the events of every recording, those of
// this repository and the larger collection beside it.
func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "*", "*", "*.otlp.json"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join(shared, "corpus", "*", "*.otlp.json"))
	require.NoError(t, err)
	if len(more) == 0 {
		t.Log("SKIPPED: no shared/corpus beside this checkout; only the recordings of this repository are checked")
	}
	for _, file := range slices.Concat(files, more) {
		if strings.HasSuffix(file, ".logs.otlp.json") {
			continue
		}
		spans, err := spantest.ReadOTLP(file)
		require.NoError(t, err)
		events := convert.Batch(spans, convert.Options{})
		name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(file), ".otlp.json")
		checkCalls(t, name, spans, events)
		for i := range events {
			checkEvent(t, name, &events[i])
		}
	}
}

// checkCalls: a call of the API gives at most one generation or embedding, and
// events of one trace agree on the browser session.
func checkCalls(t *testing.T, name string, spans []sdktrace.ReadOnlySpan, events []event.Event) {
	t.Helper()
	requests := 0
	for _, s := range spans {
		own := attr.Of(s.Attributes())
		method := own.Text("http.request.method", "http.method")
		if s.SpanKind() == trace.SpanKindClient && method == "POST" {
			requests++
		}
	}
	calls := 0
	for i := range events {
		if events[i].Name == semconv.EventGeneration || events[i].Name == semconv.EventEmbedding {
			calls++
		}
	}
	if requests > 0 {
		require.LessOrEqual(t, calls, requests, "%s: more calls than requests", name)
	}
	sessions := map[string]string{}
	for i := range events {
		id, session := events[i].Text(semconv.PropertyTraceID), events[i].Text(semconv.PropertySessionID)
		if sessions[id] == "" {
			sessions[id] = session
		}
		if sessions[id] != "" && session != "" {
			require.Equal(t, sessions[id], session, "%s: two sessions in one trace", name)
		}
	}
}

// checkEvent: an event holds no payload and no vector, and is not nested deeper
// than PostHog takes.
func checkEvent(t *testing.T, name string, e *event.Event) {
	t.Helper()
	body := e.Append(nil)
	require.True(t, json.Valid(body), name)
	require.LessOrEqual(t, nesting(body), jsontree.MaxDepth+3, name)
	for i := range e.Properties {
		p := &e.Properties[i]
		n := p.Tree()
		switch p.Key {
		case semconv.PropertyInput, semconv.PropertyOutputChoices:
			if e.Name == semconv.EventGeneration {
				assert.Empty(t, messages.Check(&n), "%s: %s is not shown: %s", name, p.Key, n.JSON())
			}
		case semconv.PropertyTools:
			assert.Empty(t, messages.CheckTools(&n), "%s: tools are not shown: %s", name, n.JSON())
		}
		require.False(t, redact.Tree(&n), "%s: %s holds a payload", name, p.Key)
		n.Walk(func(n *jsontree.Node) bool {
			require.False(t, isVector(n), "%s: %s holds a vector", name, p.Key)
			return true
		})
	}
}

// isVector reports whether a value is a list of more than a few fractions.
func isVector(n *jsontree.Node) bool {
	return len(n.Items) > 8 && !slices.ContainsFunc(n.Items, func(item jsontree.Node) bool {
		return !item.Is(jsontree.Number) || !strings.ContainsAny(item.Text, ".eE")
	})
}
