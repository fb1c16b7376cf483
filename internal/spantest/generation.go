package spantest

import (
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

var res = resource.NewSchemaless(
	attribute.String("service.name", "assistant"), attribute.String("service.version", "1.4.2"),
	attribute.String("telemetry.sdk.name", "opentelemetry"), attribute.String("telemetry.sdk.language", "go"),
	attribute.String("telemetry.sdk.version", "1.47.0"), attribute.String("host.name", "node-7"),
)

// Generation returns a chat span as a current instrumentation makes it, with
// messages of about size bytes in varied text. Equal arguments make equal spans.
func Generation(seed, size int) sdktrace.ReadOnlySpan {
	r := rand.New(rand.NewPCG(uint64(seed), 7))
	input, output := Conversation(r, size)
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.BigEndian.PutUint64(traceID[:], uint64(seed/10+1))
	binary.BigEndian.PutUint64(spanID[:], uint64(seed+1))
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: trace.FlagsSampled})
	start := time.Date(2026, 3, 12, 9, 0, seed, 0, time.UTC)
	return tracetest.SpanStub{
		Name: "chat gpt-4o-mini", SpanKind: trace.SpanKindClient, SpanContext: sc,
		Parent:    sc.WithSpanID(trace.SpanID{0xff, 1, 2, 3, 4, 5, 6, byte(seed)}),
		StartTime: start, EndTime: start.Add(1200 * time.Millisecond),
		Resource: res, InstrumentationScope: instrumentation.Scope{Name: "github.com/acme/llm", Version: "0.3.0"},
		Attributes: []attribute.KeyValue{
			attribute.String("$session_id", "0190a000-0000-7000-8000-000000000001"),
			attribute.String("posthog.distinct_id", "user-42"),
			attribute.String("gen_ai.operation.name", "chat"),
			attribute.String("gen_ai.provider.name", "openai"),
			attribute.String("gen_ai.request.model", "gpt-4o-mini"),
			attribute.String("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
			attribute.String("gen_ai.response.id", "chatcmpl-0596Xk9QvTzR7mWc2bLf"),
			attribute.Float64("gen_ai.request.temperature", 0.3),
			attribute.Int("gen_ai.request.max_tokens", 700),
			attribute.Int("gen_ai.usage.input_tokens", 2027),
			attribute.Int("gen_ai.usage.output_tokens", 175),
			attribute.StringSlice("gen_ai.response.finish_reasons", []string{"stop"}),
			attribute.String("gen_ai.input.messages", input),
			attribute.String("gen_ai.output.messages", output),
			attribute.String("server.address", "api.openai.com"),
			attribute.Int("server.port", 443),
		},
	}.Snapshot()
}

// Conversation returns the messages of a call as JSON, of about size bytes
// together, in text that compresses about as well as real text does.
func Conversation(r *rand.Rand, size int) (input, output string) {
	var messages []message
	roles := []string{"user", "assistant"}
	for n := 0; n < size*4/5; {
		content := prose(r, min(size, 200+r.IntN(1200)))
		messages = append(messages, text(roles[len(messages)%2], content))
		n += len(content) + 60
	}
	return marshal(messages), marshal([]message{text("assistant", prose(r, size/5))})
}

type message struct {
	Role  string `json:"role"`
	Parts []part `json:"parts"`
}

type part struct {
	Type    string `json:"type"`
	Content string `json:"content"`
}

func text(role, content string) message {
	return message{role, []part{{"text", content}}}
}

func marshal(messages []message) string {
	b, _ := json.Marshal(messages) // strings only: it cannot fail
	return string(b)
}

var syllables = strings.Fields("an ber ka lo mi ne or pa qui ra sen ta ul ver wi xa yo zu che dr est fla gro hin ig jo kle mun ni op pri")

// prose returns text of varied words, sentences and lines.
func prose(r *rand.Rand, size int) string {
	var sb strings.Builder
	for sb.Len() < size {
		for range 1 + r.IntN(4) {
			sb.WriteString(syllables[r.IntN(len(syllables))])
		}
		switch r.IntN(80) {
		case 0:
			sb.WriteString("\n")
		case 1, 2, 3, 4:
			sb.WriteString(". ")
		case 5, 6, 7, 8:
			sb.WriteString(", ")
		case 9:
			sb.WriteString(" \"")
		case 10:
			sb.WriteString("é ")
		default:
			sb.WriteByte(' ')
		}
	}
	return sb.String()
}
