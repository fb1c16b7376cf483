package processor

import (
	"time"

	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Option configures a [Processor]. A nil Option does nothing.
type Option interface{ apply(config) config }

// WithFilter replaces the test for AI spans, which is [semconv.IsAI]. The
// function gets every span of the process at its end, and a span that is still
// open when a descendant is forwarded: that result then counts. It must be safe
// for concurrent use and fast, and must not change or keep the slices of the
// span. The exporter has its own filter, exporter.WithFilter; replace both.
//
// A function that panics has said no: the span is not forwarded. A counter counts
// it, and the error handler of OpenTelemetry hears of it once a minute.
//
// A nil function restores the default.
func WithFilter(isAI func(sdktrace.ReadOnlySpan) bool) Option {
	return option(func(c config) config {
		if c.isAI = isAI; isAI == nil {
			c.isAI = defaultIsAI
		}
		return c
	})
}

func defaultIsAI(s sdktrace.ReadOnlySpan) bool { return semconv.IsAI(s.Name(), s.Attributes()) }

// WithHold sets how long an ended AI span waits at most for its trace's local
// root spans, which have no parent in this process, to end. After that it is
// forwarded with what is known. The default is 5 s, which is also the default
// delay of a batch processor. With zero or less a span is forwarded at once:
// then attributes that are set late do not count.
func WithHold(d time.Duration) Option {
	return option(func(c config) config { c.hold = max(d, 0); return c })
}

// WithMaxSpans limits how many spans are remembered while their traces are
// open. The default is 32768, about 5 MB plus the content of the AI spans.
// Beyond the limit the least recently used traces are evicted: their AI spans
// are forwarded at once, and spans that end later become children of the trace
// itself. At most a quarter of the number are held AI spans. Limits below 256
// are not exact.
//
// Zero or less restores the default.
func WithMaxSpans(n int) Option {
	return option(func(c config) config {
		if c.maxSpans = n; n <= 0 {
			c.maxSpans = defaultMaxSpans
		}
		return c
	})
}

// WithMeterProvider measures the processor: held AI spans, AI spans forwarded
// early by reason, evicted traces, inherited sessions, spans merged into another
// span of the same call, and panics of the function of WithFilter. By default,
// and with nil, nothing is measured.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return option(func(c config) config { c.meterProvider = provider; return c })
}

// WithReplayURL also stamps $ai_replay_url, the link to the session replay, for
// users of Jaeger, Tempo or Honeycomb. project is the project's address in
// PostHog's web application, such as https://us.posthog.com/project/12345; the
// link is that address, /replay/ and the session id. An id of posthog-js is a
// UUIDv7, which holds the start of the session: then ?t= opens the replay five
// seconds before the start of the span, in whole seconds and at least 0, by the
// clocks of the browser and of this machine. By default no link is stamped.
//
// An address that is not an absolute http or https URL, or has a user, query or
// fragment, is reported to the OpenTelemetry error handler, and no link is
// stamped. An empty address switches the link off.
func WithReplayURL(project string) Option {
	return option(func(c config) config {
		c.replay, c.err = newReplayURL(project)
		return c
	})
}

// WithTraceEvents also forwards the root span of every trace that has an AI
// span in this process, unless the root is an AI span itself. The exporter
// makes the trace's only $ai_trace event of it. The root is a span without a
// parent, or the span of a request that came from outside according to
// baggage.NewHandler, even if the browser named a parent: usually the HTTP
// server span of the service that faces the browser. The event is named by
// method and route. Its states are the input of the first generation and the
// output of the last one. It has no latency: PostHog sums the spans below. AI
// spans that end after the root or in other services do not count. The states
// are left out if open roots hold more than 64 MiB of them.
//
// By default there is no $ai_trace event, and PostHog names a trace by its
// earliest event.
func WithTraceEvents() Option {
	return option(func(c config) config { c.traceEvents = true; return c })
}

const (
	defaultMaxSpans = 32768
	defaultHold     = 5 * time.Second
)

type config struct {
	isAI          func(sdktrace.ReadOnlySpan) bool
	hold          time.Duration
	maxSpans      int
	meterProvider metric.MeterProvider
	replay        replayURL
	traceEvents   bool
	err           error // of the last WithReplayURL
}

type option func(config) config

func (o option) apply(c config) config { return o(c) }

func newConfig(opts []Option) (config, error) {
	c := config{isAI: defaultIsAI, hold: defaultHold, maxSpans: defaultMaxSpans}
	for _, o := range opts {
		if o != nil {
			c = o.apply(c)
		}
	}
	return c, c.err
}
