package processor_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// TestThreeWays runs every recording through the processor and the exporter: in
// one batch, one span an export, and with all attributes set at the end of the
// span. The events are the same.
func TestThreeWays(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"../exporter/internal/convert/testdata", "../../shared/corpus", "../../shared/cases"} {
		t.Run(filepath.Base(filepath.Dir(dir))+"/"+filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			files := recordings(t, dir)
			if len(files) == 0 {
				t.Skipf("no recordings in %s", dir)
			}
			generations := 0
			for _, file := range files {
				spans, err := spantest.ReadOTLP(file)
				require.NoError(t, err)
				if len(spans) == 0 {
					continue
				}
				batch := eventsOf(t, spans, false, false)
				require.Equal(t, batch, eventsOf(t, spans, true, false), "%s: one span an export", file)
				require.Equal(t, batch, eventsOf(t, spans, false, true), "%s: attributes at the end", file)
				for _, e := range batch {
					if e.Name == "$ai_generation" {
						generations++
					}
				}
			}
			require.NotZero(t, generations)
		})
	}
}

func recordings(t *testing.T, dir string) (files []string) {
	t.Helper()
	for _, pattern := range []string{"*.otlp.json", "*/*.otlp.json", "*/*/*.otlp.json"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, ".logs.otlp.json") })
}

// shown is what must not depend on the way.
type shown struct {
	Name, Trace, Span, Parent, Model, Session, Person string
	Input, Output                                     any
	Failed                                            any
}

// eventsOf replays a recording, in the order in which its spans started and
// ended, and returns its events.
func eventsOf(t *testing.T, spans []sdktrace.ReadOnlySpan, each, late bool) []shown {
	t.Helper()
	var out bytes.Buffer
	exp, err := exporter.NewWriter(&out)
	require.NoError(t, err)
	next := sdktrace.NewSimpleSpanProcessor(exp)
	var batch *collector
	if !each {
		batch = &collector{}
		next = batch
	}
	p := processor.New(next, processor.WithHold(time.Hour))
	request := withBaggage(t.Context(), t, "session.id", sessionID, "posthog.distinct_id", "ada")
	replays := make([]*replayed, len(spans))
	for _, ev := range timeline(spans) {
		if ev.end {
			r := replays[ev.of]
			r.attrs = append(slices.Clone(ev.span.Attributes()), r.stamps...)
			p.OnEnd(r)
			continue
		}
		r := &replayed{span: ev.span}
		if !late {
			r.attrs = slices.Clone(ev.span.Attributes())
		}
		replays[ev.of] = r
		ctx := t.Context()
		if !ev.span.Parent().IsValid() {
			ctx = request // what is below it has no baggage
		}
		p.OnStart(ctx, r)
	}
	require.NoError(t, p.ForceFlush(t.Context()))
	if batch != nil {
		require.NoError(t, exp.ExportSpans(t.Context(), batch.spans))
	}
	require.NoError(t, exp.Shutdown(t.Context()))

	var list []shown
	for line := range strings.Lines(out.String()) {
		var e struct {
			Event      string
			DistinctID string `json:"distinct_id"`
			Properties map[string]any
		}
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		text := func(key string) string { s, _ := e.Properties[key].(string); return s }
		list = append(list, shown{
			e.Event, text("$ai_trace_id"), text("$ai_span_id"), text("$ai_parent_id"), text("$ai_model"), text("$session_id"), e.DistinctID,
			e.Properties["$ai_input_tokens"], e.Properties["$ai_output_tokens"], e.Properties["$ai_is_error"],
		})
	}
	slices.SortFunc(list, func(a, b shown) int { return cmp.Or(cmp.Compare(a.Trace, b.Trace), cmp.Compare(a.Span, b.Span)) })
	return list
}

// collector keeps spans for one export.
type collector struct {
	nop
	spans []sdktrace.ReadOnlySpan
}

func (c *collector) OnEnd(s sdktrace.ReadOnlySpan) { c.spans = append(c.spans, s) }

// replayed is a recorded span on its way from start to end.
type replayed struct {
	sdktrace.ReadWriteSpan // what nobody asks for
	span                   sdktrace.ReadOnlySpan
	attrs, stamps          []attribute.KeyValue
}

func (r *replayed) Name() string                                { return r.span.Name() }
func (r *replayed) SpanContext() trace.SpanContext              { return r.span.SpanContext() }
func (r *replayed) Parent() trace.SpanContext                   { return r.span.Parent() }
func (r *replayed) SpanKind() trace.SpanKind                    { return r.span.SpanKind() }
func (r *replayed) StartTime() time.Time                        { return r.span.StartTime() }
func (r *replayed) EndTime() time.Time                          { return r.span.EndTime() }
func (r *replayed) Attributes() []attribute.KeyValue            { return r.attrs }
func (r *replayed) Events() []sdktrace.Event                    { return r.span.Events() }
func (r *replayed) Links() []sdktrace.Link                      { return r.span.Links() }
func (r *replayed) Status() sdktrace.Status                     { return r.span.Status() }
func (r *replayed) Resource() *resource.Resource                { return r.span.Resource() }
func (r *replayed) InstrumentationScope() instrumentation.Scope { return r.span.InstrumentationScope() }

func (r *replayed) SetAttributes(attrs ...attribute.KeyValue) {
	r.stamps = append(r.stamps, attrs...)
	r.attrs = append(r.attrs, attrs...)
}

type startOrEnd struct {
	of   int
	span sdktrace.ReadOnlySpan
	at   time.Time
	end  bool
}

// timeline puts starts and ends into the order of time, parents outside.
func timeline(spans []sdktrace.ReadOnlySpan) []startOrEnd {
	depth := map[trace.SpanID]int{}
	byID := map[trace.SpanID]sdktrace.ReadOnlySpan{}
	for _, s := range spans {
		byID[s.SpanContext().SpanID()] = s
	}
	for _, s := range spans {
		d := 0
		for at := s; at != nil && d <= len(spans); at = byID[at.Parent().SpanID()] {
			d++
		}
		depth[s.SpanContext().SpanID()] = d
	}
	var line []startOrEnd
	for i, s := range spans {
		line = append(line, startOrEnd{i, s, s.StartTime(), false}, startOrEnd{i, s, s.EndTime(), true})
	}
	slices.SortStableFunc(line, func(a, b startOrEnd) int {
		d := depth[a.span.SpanContext().SpanID()] - depth[b.span.SpanContext().SpanID()]
		if a.end {
			d = -d
		}
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(b2i(a.end), b2i(b.end)), d)
	})
	return line
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
