package processor

import (
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// KeepSessions returns a sampler that samples every span of a request with a
// browser session id in its baggage, and leaves all others to root. Use it
// where the caller decides about sampling, such as a browser or gateway that
// samples one trace in a hundred: an unsampled AI span never reaches a
// processor, so it would be missing in the replay.
//
// The cost: every span of such requests, HTTP and database spans too, is
// recorded and goes to all exporters of the provider, and the next services see
// the trace as sampled. Anybody who can send a baggage header can cause that:
// put [baggage.NewHandler] or a rate limit in front of a public endpoint. root
// still sees each span first, so its trace state and attributes are kept.
//
// If root is nil, sdktrace.ParentBased(sdktrace.AlwaysSample()) is used, the
// default of the SDK.
func KeepSessions(root sdktrace.Sampler) sdktrace.Sampler {
	if nilcheck.IsNil(root) {
		root = sdktrace.ParentBased(sdktrace.AlwaysSample())
	}
	return keepSessions{root}
}

type keepSessions struct{ root sdktrace.Sampler }

func (k keepSessions) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	r := k.root.ShouldSample(p)
	if r.Decision == sdktrace.RecordAndSample {
		return r
	}
	if s, ok := baggage.SessionFromContext(p.ParentContext); ok && s.ID != "" {
		r.Decision = sdktrace.RecordAndSample
	}
	return r
}

func (k keepSessions) Description() string {
	return "KeepSessions{root:" + k.root.Description() + "}"
}
