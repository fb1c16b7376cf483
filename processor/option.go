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
// function gets a span at its end, and also while it is open, when a span below
// it is handed on: what it says then counts. It must be safe for concurrent use,
// must not change or keep the slices of the span, and should be quick, as it sees
// every span of the process. The exporter has a test of its own; replace both.
//
// A function that panics has said no: the span is not handed on. That is counted,
// and reported to the error handler of OpenTelemetry, once a minute.
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

// WithHold sets how long an AI span that has ended waits for the rest of its
// trace at most, that is until the spans without a parent in this process have
// ended. Then it is handed on with what is known. The default is 5 s, no longer
// than a batch processor waits. Zero, and anything below, waits for nothing:
// then attributes that are set late do not count.
func WithHold(d time.Duration) Option {
	return option(func(c config) config { c.hold = max(d, 0); return c })
}

// WithMaxSpans bounds how many spans are remembered while their traces are open.
// The default is 32768, some 5 MB and what the AI spans among them hold. Beyond
// it the traces that were not used for the longest time are forgotten: their AI
// spans are handed on at once, and spans of them that end later go to the top of
// the trace. A quarter of the number bounds how many AI spans wait. Below 256 it
// is not exact.
//
// Zero, and anything below, restores the default.
func WithMaxSpans(n int) Option {
	return option(func(c config) config {
		if c.maxSpans = n; n <= 0 {
			c.maxSpans = defaultMaxSpans
		}
		return c
	})
}

// WithMeterProvider measures the processor: AI spans that wait, those that were
// handed on early, by reason, traces forgotten, sessions inherited, spans that
// gave way to another one of the same call, and panics of the function of
// WithFilter. By default nothing is measured; nil
// restores that.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return option(func(c config) config { c.meterProvider = provider; return c })
}

// WithReplayURL also stamps $ai_replay_url, the link to the recording of the
// session, for users of Jaeger, Tempo or Honeycomb. The argument is the address
// of the project in PostHog's web application, such as
// https://us.posthog.com/project/12345; the link is that, /replay/ and the
// session id. With an id of posthog-js, a UUIDv7, which holds the start of the
// session, ?t= opens the recording five seconds before the start of the span: in
// whole seconds, by the clocks of the browser and of this machine, and no less
// than 0. By default no link is stamped.
//
// An address that is not an absolute http or https URL, or has a user, query or
// fragment, is reported to the error handler of OpenTelemetry, and no link is
// stamped. An empty one switches the link off.
func WithReplayURL(project string) Option {
	return option(func(c config) config {
		c.replay, c.err = newReplayURL(project)
		return c
	})
}

// WithTraceEvents hands on the root of every trace with an AI span in this
// process as well, if that is not an AI span itself: the HTTP server span of the
// service that faces the browser, as a rule. That is a span without a parent, or
// the span of a request that baggage.NewHandler says came from outside, whatever
// parent the browser named. The exporter makes the trace's only $ai_trace event of
// it. It is named by method and route, has the input of the first generation and
// the output of the last one as states, and no latency: PostHog adds that up from
// the spans below. AI spans that end after the root or in other services do not
// count. The states are left out where open roots hold more than 64 MiB of them.
//
// By default there is none, and PostHog names a trace by its earliest event.
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
