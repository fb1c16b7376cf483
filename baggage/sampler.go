package baggage

import (
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Sampler returns a sampler that decides as next does and counts the requests
// with a session that are not sampled. Their AI spans make no events, and only
// the sampler can count that: unsampled spans reach no span processor.
//
//	sdktrace.WithSampler(baggage.Sampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.1))))
//
// If next is nil, ParentBased(AlwaysSample()) is used, the default of a
// TracerProvider.
func Sampler(next sdktrace.Sampler, opts ...SamplerOption) sdktrace.Sampler {
	if nilcheck.IsNil(next) {
		next = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	s := &sampler{Sampler: next}
	for _, opt := range opts {
		if opt != nil {
			opt.applySampler(s)
		}
	}
	s.unsampled = newUnsampledCounter(s.meterProvider)
	return s
}

// A SamplerOption configures Sampler. A nil option is ignored.
type SamplerOption interface{ applySampler(*sampler) }

type sampler struct {
	sdktrace.Sampler
	meterProvider metric.MeterProvider
	unsampled     metric.Int64Counter
}

// ShouldSample implements sdktrace.Sampler.
func (s *sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := s.Sampler.ShouldSample(p)
	if result.Decision != sdktrace.Drop {
		return result
	}
	// Count where a trace enters this process only, so that a request counts
	// once.
	if parent := trace.SpanContextFromContext(p.ParentContext); parent.IsValid() && !parent.IsRemote() {
		return result
	}
	if known, _ := session.FromContext(p.ParentContext); known.ID != "" {
		s.unsampled.Add(p.ParentContext, 1)
		report("unsampled", "baggage.Sampler: a request with a session was not sampled, so its AI spans make no events; "+
			"sample these requests, or expect replays without them")
	}
	return result
}
