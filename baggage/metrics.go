package baggage

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// An Option is accepted by NewHandler, NewTransport, Propagator and Sampler.
type Option interface {
	HandlerOption
	TransportOption
	PropagatorOption
	SamplerOption
}

// WithMeterProvider counts where sessions are lost. By default, and if mp is
// nil, the global OpenTelemetry provider is used, which counts nothing until it
// is set. The counters are
//
//	otelposthog.baggage.refused    {value}    NewHandler did not let a value in
//	otelposthog.baggage.late       {request}  NewHandler stands inside of the handler that starts the span
//	otelposthog.baggage.not_sent   {request}  a call to a trusted host went out without its session
//	otelposthog.baggage.unsampled  {request}  Sampler: a request with a session was not sampled, so it makes no events
//
// Refused values have the attribute source, which is server, headers, baggage,
// query or cookie, and the attribute reason, which is one of
//
//	too_long       over 200 bytes
//	characters     outside the shape that Session describes
//	not_an_id      a word such as undefined or null in the place of an id
//	not_a_person   a distinct id that PostHog refuses: anonymous, null, ...
//	not_a_consent  an opt-out that is neither true nor false; it counts as true
//	outside        a consent in the baggage of an untrusted caller: see WithPublicEndpoint
//	ambiguous      values of one header, or of one parameter, that differ
//	malformed      not a baggage member, not a posthog-js cookie, not a query
//	expired        a cookie whose session is over
//	by_option      a distinct id under WithoutBrowserDistinctID
//	over_limit     a member of others that had no room
//
// Counted values are also reported to the OpenTelemetry error handler, each
// cause at most once a minute, except for the last four reasons, which need no
// fix: malformed, expired, by_option and over_limit.
func WithMeterProvider(mp metric.MeterProvider) Option { return meterOption{mp} }

type meterOption struct{ metric.MeterProvider }

func (o meterOption) applyHandler(c *handlerConfig)     { c.meterProvider = o.MeterProvider }
func (o meterOption) applyTransport(c *transportConfig) { c.meterProvider = o.MeterProvider }
func (o meterOption) applyPropagator(p *propagator)     { p.meterProvider = o.MeterProvider }
func (o meterOption) applySampler(s *sampler)           { s.meterProvider = o.MeterProvider }

// newCounter returns a counter of this package. If the provider fails, it
// reports the error and returns a counter that counts nothing.
func newCounter(mp metric.MeterProvider, name, unit, description string) metric.Int64Counter {
	if nilcheck.IsNil(mp) {
		mp = otel.GetMeterProvider()
	}
	meter := mp.Meter("github.com/otelposthog/otelposthog-go/baggage", metric.WithInstrumentationVersion(otelposthog.Version))
	counter, err := meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	if err != nil {
		otel.Handle(fmt.Errorf("otelposthog: baggage.WithMeterProvider: %s is not counted: %w", name, err))
		return noop.Int64Counter{}
	}
	return counter
}

func newRefusedCounter(mp metric.MeterProvider) metric.Int64Counter {
	return newCounter(mp, "otelposthog.baggage.refused", "{value}",
		"Session values and baggage members that an edge handler did not let in.")
}

func newLateCounter(mp metric.MeterProvider) metric.Int64Counter {
	return newCounter(mp, "otelposthog.baggage.late", "{request}",
		"Requests whose span had started before the edge handler found the session.")
}

func newNotSentCounter(mp metric.MeterProvider) metric.Int64Counter {
	return newCounter(mp, "otelposthog.baggage.not_sent", "{request}",
		"Calls to trusted hosts that went out without the session.")
}

func newUnsampledCounter(mp metric.MeterProvider) metric.Int64Counter {
	return newCounter(mp, "otelposthog.baggage.unsampled", "{request}",
		"Requests with a session that were not sampled.")
}

// count adds the refusals of one request to the counter and reports the faults.
func (r *refusals) count(ctx context.Context, counter metric.Int64Counter) {
	for _, c := range r.counts {
		counter.Add(ctx, c.n, metric.WithAttributes(
			attribute.String("reason", string(c.why)),
			attribute.String("source", string(c.source)),
		))
		if c.isFault() {
			report(string(c.source)+" "+string(c.why), fmt.Sprintf("baggage.NewHandler: a value in the %s of a request was refused: %s; "+
				"the request goes on without it; baggage.WithMeterProvider says what the reason means and counts it", c.source, c.why))
		}
	}
}

// report reports an error to the OpenTelemetry error handler, each cause at
// most once a minute, so that a caller cannot flood the log.
func report(cause, text string) {
	if reports.due(cause) {
		otel.Handle(errors.New("otelposthog: " + text + " (said at most once a minute)"))
	}
}
