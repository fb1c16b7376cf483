package convert_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// TestHugeSpans converts spans that are as large as no library makes them, in
// every way in which work could grow with the square of the size. Then this
// test would not end; there is no look at a clock.
func TestHugeSpans(t *testing.T) {
	t.Parallel()
	const n = 60_000
	many := func(format string, args ...attribute.KeyValue) []attribute.KeyValue {
		for i := range n {
			args = append(args, attribute.String(fmt.Sprintf(format, i), "value"))
		}
		return args
	}
	text := func(key, value string) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat"), attribute.String(key, value)}
	}
	const mb = 1 << 20
	for name, attrs := range map[string][]attribute.KeyValue{
		"attributes":               many("gen_ai.own.%d"),
		"explicit properties":      many("$own_%d", attribute.String("gen_ai.operation.name", "chat")),
		"metadata":                 many("ai.telemetry.metadata.posthog_%d"),
		"flattened messages":       many("gen_ai.prompt.%d.role", attribute.String("llm.request.type", "chat")),
		"one flattened message":    many("gen_ai.prompt.0.field%d", attribute.String("llm.request.type", "chat")),
		"flattened tool calls":     many("gen_ai.prompt.0.tool_calls.%d.name", attribute.String("llm.request.type", "chat")),
		"fields of one tool call":  many("gen_ai.prompt.0.tool_calls.0.f%d", attribute.String("llm.request.type", "chat")),
		"OpenInference messages":   many("llm.input_messages.%d.message.role", attribute.String("openinference.span.kind", "LLM")),
		"OpenInference contents":   many("llm.input_messages.0.message.contents.%d.message_content.text", attribute.String("openinference.span.kind", "LLM")),
		"Langfuse metadata":        many("langfuse.observation.metadata.%d", attribute.String("langfuse.observation.type", "generation")),
		"LangSmith metadata":       many("langsmith.metadata.%d", attribute.String("langsmith.span.kind", "llm")),
		"deep nesting":             text("gen_ai.input.messages", strings.Repeat("[", mb)),
		"deep and closed":          text("gen_ai.input.messages", strings.Repeat("[", mb)+strings.Repeat("]", mb)),
		"escapes":                  text("gen_ai.input.messages", `["`+strings.Repeat(`\"`, mb)+`"]`),
		"backslashes":              text("gen_ai.input.messages", `["`+strings.Repeat(`\\`, mb)+`"]`),
		"many messages":            text("gen_ai.input.messages", `[`+strings.Repeat(`{"role":"user","content":"x"},`, n)+`{"role":"system"}]`),
		"tool results":             text("gen_ai.input.messages", `[`+strings.Repeat(`{"type":"tool_call_response","response":1},`, n)+`1]`),
		"members":                  text("gen_ai.input.messages", `[{"type":"tool_call_response"`+strings.Repeat(`,"a":1`, n)+`}]`),
		"data URIs without a body": text("gen_ai.input.messages", `["`+strings.Repeat(`data:image/png;base64`, n)+`"]`),
		"almost base64":            text("gen_ai.x", strings.Repeat(strings.Repeat("aB3", 60)+" ", mb/180)),
		"a long word":              text("gen_ai.x", strings.Repeat("aB3/", mb)),
		"finish reasons":           text("gen_ai.output.messages", `[`+strings.Repeat(`{"finish_reason":""},`, n)+`1]`),
		"system parts":             text("gen_ai.system_instructions", `[`+strings.Repeat(`{"type":"text","content":"x"},`, 10_000)+`1]`),
		"message events as JSON":   text("events", `[`+strings.Repeat(`{"event.name":"gen_ai.user.message","gen_ai.message.index":1},`, 7_000)+`1]`),
		"ADK contents":             text("gcp.vertex.agent.llm_request", `{"contents":[`+strings.Repeat(`{"role":"user","parts":[{"text":"x"}]},`, n)+`1]}`),
		"Genkit messages":          text("genkit:input", `{"messages":[`+strings.Repeat(`{"role":"user","content":[{"text":"x"}]},`, n)+`1]}`),
		"a LangWatch wrapper":      text("langwatch.input", `{"type":"chat_messages","value":[`+strings.Repeat(`{"role":"user","content":"x"},`, n)+`1]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stub := tracetest.SpanStub{SpanContext: spanID(1), Attributes: attrs, StartTime: time.Unix(1, 0), EndTime: time.Unix(2, 0)}
			if name == "attributes" {
				stub.Resource = resource.NewSchemaless(many("own.%d")...)
			}
			events := convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})
			require.Len(t, events, 1)
			require.True(t, json.Valid(events[0].Append(nil)))
		})
	}
	t.Run("dots in a key", func(t *testing.T) {
		// 4 MB of gRPC hold 3.9 million dots, which gzip makes 4 KB of.
		defer debug.SetMaxStack(debug.SetMaxStack(16 << 20))
		for _, prefix := range []string{
			"gen_ai.prompt.0.tool_calls.0.", "gen_ai.completion.0.tool_calls.0.", "llm.input_messages.0.message.contents.0.",
			"gen_ai.prompt.0.message.tool_calls.0.", "llm.request.functions.0.", "",
		} {
			attrs := []attribute.KeyValue{
				attribute.String("llm.request.type", "chat"), attribute.String("openinference.span.kind", "LLM"),
				attribute.String("lmnr.span.type", "LLM"), attribute.String(prefix+strings.Repeat(".", 3_900_000)+"end", "value"),
			}
			for n := len(attrs); n > 0; n-- { // with each library, alone and together
				stub := tracetest.SpanStub{SpanContext: spanID(1), Attributes: append(attrs[:n-1:n-1], attrs[len(attrs)-1])}
				events := convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{})
				for i := range events {
					b := events[i].Append(nil)
					require.True(t, json.Valid(b))
					require.LessOrEqual(t, nesting(b), jsontree.MaxDepth+4)
				}
			}
		}
	})
	t.Run("span events", func(t *testing.T) {
		t.Parallel()
		stub := tracetest.SpanStub{SpanContext: spanID(1), Attributes: text("gen_ai.x", "y")}
		for range n {
			stub.Events = append(stub.Events, sdktrace.Event{Name: "gen_ai.user.message", Attributes: text("content", "hi")})
		}
		require.Len(t, convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{}), 1)
		require.Len(t, convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{Explain: true}), 1)
	})
	t.Run("explained attributes", func(t *testing.T) {
		t.Parallel()
		stub := tracetest.SpanStub{SpanContext: spanID(1), Attributes: many("gen_ai.own.%d")}
		events := convert.Batch([]sdktrace.ReadOnlySpan{stub.Snapshot()}, convert.Options{Explain: true})
		require.NotEmpty(t, events[0].Origins)
	})
}

// nesting returns how deeply a document is nested.
func nesting(document []byte) int {
	deepest, depth, inText := 0, 0, false
	for i := 0; i < len(document); i++ {
		switch c := document[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

// TestPanic loses the span whose conversion panics, and no other.
func TestPanic(t *testing.T) {
	t.Parallel()
	var spans []sdktrace.ReadOnlySpan
	for i := range 3 {
		spans = append(spans, tracetest.SpanStub{
			Name: []string{"good", "bad", "good"}[i], SpanContext: spanID(i + 1), Attributes: []attribute.KeyValue{attribute.String("gen_ai.x", "y")},
		}.Snapshot())
	}
	converter := convert.New(convert.Options{IsAI: func(s sdktrace.ReadOnlySpan) bool {
		if s.Name() == "bad" {
			panic("a filter of the user's")
		}
		return true
	}})
	require.Len(t, converter.Batch(spans), 2)
	require.Equal(t, []int{1}, converter.Failed())
	converter.Reset()
	require.Empty(t, converter.Failed())
}

// TestHugeBatches does the same for batches, whose spans are looked up by their
// parents.
func TestHugeBatches(t *testing.T) {
	t.Parallel()
	const n = 30_000
	chat := []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "m")}
	for name, make := range map[string]func(i int) tracetest.SpanStub{
		"a chain of generations of one call": func(i int) tracetest.SpanStub {
			return tracetest.SpanStub{SpanContext: spanID(i + 1), Parent: spanID(i), Attributes: chat}
		},
		"generations below a long chain of others": func(i int) tracetest.SpanStub {
			stub := tracetest.SpanStub{SpanContext: spanID(i + 1), Parent: spanID(i)}
			if i%2 == 1 {
				stub.Attributes = chat
				stub.Parent = spanID(n)
			}
			return stub
		},
		"all below one": func(i int) tracetest.SpanStub {
			return tracetest.SpanStub{SpanContext: spanID(i + 1), Parent: spanID(1), Attributes: chat}
		},
		"each its own parent": func(i int) tracetest.SpanStub {
			return tracetest.SpanStub{SpanContext: spanID(i + 1), Parent: spanID(i + 1), Attributes: chat}
		},
		"two in a circle": func(i int) tracetest.SpanStub {
			return tracetest.SpanStub{SpanContext: spanID(i + 1), Parent: spanID((i ^ 1) + 1), Attributes: chat}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var spans []sdktrace.ReadOnlySpan
			for i := range n {
				spans = append(spans, make(i).Snapshot())
			}
			require.NotEmpty(t, convert.Batch(spans, convert.Options{}))
		})
	}
}

func spanID(i int) trace.SpanContext {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], uint64(i))
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: id})
}
