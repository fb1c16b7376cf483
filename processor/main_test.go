package processor_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/processor"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const sessionID = "0190b5a4-7c3e-7d1a-9f2b-3c4d5e6f7a8b"

// chat makes a span an AI span, and a generation.
var chat = attribute.String("gen_ai.operation.name", "chat")

// agent makes a span an AI span, but no generation.
var agent = attribute.String("gen_ai.operation.name", "invoke_agent")

// pipeline is a real SDK with a processor in front of an exporter in memory,
// and another exporter beside it that sees every span as it is.
type pipeline struct {
	tracer trace.Tracer
	p      *processor.Processor
	next   *tracetest.InMemoryExporter // behind the processor
	beside *tracetest.InMemoryExporter
}

func newPipeline(t testing.TB, opts ...processor.Option) *pipeline {
	t.Helper()
	next := tracetest.NewInMemoryExporter()
	pl := newPipelineWith(t, processor.New(sdktrace.NewSimpleSpanProcessor(next), opts...))
	pl.next = next
	return pl
}

func newPipelineWith(t testing.TB, p *processor.Processor, opts ...sdktrace.TracerProviderOption) *pipeline {
	t.Helper()
	pl := &pipeline{p: p, beside: tracetest.NewInMemoryExporter()}
	opts = append(opts, sdktrace.WithSpanProcessor(p),
		sdktrace.WithSpanProcessor(sdktrace.NewSimpleSpanProcessor(pl.beside)))
	tp := sdktrace.NewTracerProvider(opts...)
	t.Cleanup(func() { require.NoError(t, tp.Shutdown(context.WithoutCancel(t.Context()))) })
	pl.tracer = tp.Tracer("test")
	return pl
}

func (pl *pipeline) start(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	return pl.tracer.Start(ctx, name, trace.WithAttributes(attrs...))
}

// sent returns the span of that name as the next processor got it.
func (pl *pipeline) sent(t testing.TB, name string) tracetest.SpanStub {
	t.Helper()
	return find(t, pl.next.GetSpans(), name)
}

func find(t testing.TB, spans tracetest.SpanStubs, name string) tracetest.SpanStub {
	t.Helper()
	for _, s := range spans {
		if s.Name == name {
			return s
		}
	}
	require.Failf(t, "no such span", "%q in %d spans", name, len(spans))
	return tracetest.SpanStub{}
}

func spanNames(spans tracetest.SpanStubs) []string {
	out := make([]string, 0, len(spans))
	for _, s := range spans {
		out = append(out, s.Name)
	}
	return out
}

// value returns an attribute as text, empty when it is not there.
func value(s tracetest.SpanStub, key attribute.Key) string {
	for _, kv := range s.Attributes {
		if kv.Key == key {
			return kv.Value.String()
		}
	}
	return ""
}

func hasKey(s tracetest.SpanStub, key attribute.Key) bool {
	for _, kv := range s.Attributes {
		if kv.Key == key {
			return true
		}
	}
	return false
}

// withBaggage returns ctx with exactly these members, name and value in turn.
func withBaggage(ctx context.Context, t testing.TB, pairs ...string) context.Context {
	t.Helper()
	var bag otelbaggage.Baggage
	for i := 0; i < len(pairs); i += 2 {
		m, err := otelbaggage.NewMemberRaw(pairs[i], pairs[i+1])
		require.NoError(t, err)
		bag, err = bag.SetMember(m)
		require.NoError(t, err)
	}
	return otelbaggage.ContextWithBaggage(ctx, bag)
}

// calls is a next processor that counts.
type calls struct {
	mu                    sync.Mutex
	starts, ends          []string
	flushes, shutdowns    int
	flushErr, shutdownErr error
}

func (c *calls) OnStart(_ context.Context, s sdktrace.ReadWriteSpan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.starts = append(c.starts, s.Name())
}

func (c *calls) OnEnd(s sdktrace.ReadOnlySpan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(c.ends, s.Name())
}

func (c *calls) ForceFlush(ctx context.Context) error {
	c.flushes++
	if c.flushErr != nil {
		return c.flushErr
	}
	return ctx.Err()
}

func (c *calls) Shutdown(ctx context.Context) error {
	c.shutdowns++
	if c.shutdownErr != nil {
		return c.shutdownErr
	}
	return ctx.Err()
}
