package autoexport

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/processor"
)

// SpanProcessor is all that a tracer provider needs. Make one with
// [NewSpanProcessor].
type SpanProcessor struct {
	posthog *processor.Processor
	// all has posthog first: the others see its stamps when a span starts.
	all []sdktrace.SpanProcessor
}

var _ sdktrace.SpanProcessor = (*SpanProcessor)(nil)

// NewSpanProcessor returns a processor that puts the browser session on every
// span and sends the spans to the exporters of OTEL_TRACES_EXPORTER, each behind a
// batch processor of its own. PostHog gets the AI spans, every other exporter gets
// all spans. The options are those of the processor package.
//
// The error says which variable holds what cannot be used; all exporters that
// were built before it are shut down.
func NewSpanProcessor(ctx context.Context, opts ...processor.Option) (*SpanProcessor, error) {
	list, err := names()
	if err != nil {
		return nil, err
	}
	var toPostHog sdktrace.SpanProcessor // nil: stamps only
	var others []sdktrace.SpanProcessor
	for _, item := range list {
		exp, err := newExporter(ctx, item, len(list) == 1)
		if err != nil {
			for _, p := range append(others, toPostHog) {
				if p != nil {
					err = errors.Join(err, p.Shutdown(ctx))
				}
			}
			return nil, err
		}
		switch {
		case item == name:
			toPostHog = sdktrace.NewBatchSpanProcessor(exp)
		case !autoexport.IsNoneSpanExporter(exp):
			others = append(others, sdktrace.NewBatchSpanProcessor(exp))
		}
	}
	p := processor.New(toPostHog, opts...)
	return &SpanProcessor{posthog: p, all: append([]sdktrace.SpanProcessor{p}, others...)}, nil
}

// Propagator is [baggage.Propagator] with the ancestry of this processor: the
// session leaves the process only in calls that are marked as going to a service
// of yours, and the AI spans of two services make one tree. A nil next is W3C
// trace context and W3C baggage.
func (p *SpanProcessor) Propagator(next propagation.TextMapPropagator) propagation.TextMapPropagator {
	return baggage.Propagator(next, baggage.WithAIParent(p.posthog.AIParent))
}

// OnStart stamps the session and shows the span to all processors.
func (p *SpanProcessor) OnStart(parent context.Context, s sdktrace.ReadWriteSpan) {
	for _, sp := range p.all {
		sp.OnStart(parent, s)
	}
}

// OnEnd hands the span to all processors.
func (p *SpanProcessor) OnEnd(s sdktrace.ReadOnlySpan) {
	for _, sp := range p.all {
		sp.OnEnd(s)
	}
}

// ForceFlush sends what is waiting, to all receivers at the same time: one that
// hangs does not use up the time of the others.
func (p *SpanProcessor) ForceFlush(ctx context.Context) error {
	return p.each(func(sp sdktrace.SpanProcessor) error { return sp.ForceFlush(ctx) })
}

// Shutdown sends what is waiting, as ForceFlush does, and ends everything.
func (p *SpanProcessor) Shutdown(ctx context.Context) error {
	return p.each(func(sp sdktrace.SpanProcessor) error { return sp.Shutdown(ctx) })
}

func (p *SpanProcessor) each(do func(sdktrace.SpanProcessor) error) error {
	errs := make([]error, len(p.all))
	var wg sync.WaitGroup
	for i, sp := range p.all {
		wg.Go(func() { errs[i] = do(sp) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
