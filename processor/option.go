package processor

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// Option configures a [Processor]. A nil Option does nothing.
type Option interface{ apply(config) config }

// WithFilter replaces the test for AI spans, which is [semconv.IsAI]. The
// function gets the name and the attributes that a span has at the moment: at
// the end of the span, and also while it is open, when a span below it ends. It
// must be safe for concurrent use, must not change or keep the slice, and should
// be quick, as it sees every span of the process. The exporter has a test of its
// own; replace both.
//
// A nil function restores the default.
func WithFilter(isAI func(name string, attrs []attribute.KeyValue) bool) Option {
	return option(func(c config) config {
		if c.isAI = isAI; isAI == nil {
			c.isAI = semconv.IsAI
		}
		return c
	})
}

// WithMaxSpans bounds the memory for ancestry: that many open spans, as many AI
// spans that have ended and may still get children, and an eighth of that of
// other ended spans. The default is 32768, some 6 MB of each. Beyond it the span
// that was not used for the longest time is forgotten; AI spans below a forgotten
// one go below the next AI span above that is still known, or to the top of the
// trace. The memory has 64 parts, by trace id: one trace alone gets half of it,
// and a bound below 128 is not exact.
//
// Zero, and anything below, remembers no spans: then every AI span with a parent
// goes to the top of its trace, and keeps all that it was stamped with.
func WithMaxSpans(n int) Option {
	return option(func(c config) config { c.maxSpans = max(n, 0); return c })
}

// WithMaxTraces bounds the memory for the sessions of traces. The default is
// 16384, some 3 MB. Beyond it the oldest is forgotten; one that is still in use is
// learnt again from its next span. The memory has 64 parts, by trace id, with
// room for one trace at least.
//
// Zero, and anything below, is as [WithoutTraceMemory], and no trace events are
// made.
func WithMaxTraces(n int) Option {
	return option(func(c config) config { c.maxTraces = max(n, 0); return c })
}

// WithRetention sets how long spans and traces are remembered after their last
// use, which is a start, an end, or the start of a span below. The default is one
// hour. It is a lower bound: memory is freed when later spans come, after up to
// twice the time.
//
// Zero, and anything below, keeps them until the memory is full.
func WithRetention(d time.Duration) Option {
	return option(func(c config) config { c.retention = max(d, 0); return c })
}

// WithoutTraceMemory stamps spans with the session in their own baggage only. By
// default a span whose baggage was lost on the way gets the session of its
// parent or of its trace, as far as this process has seen it.
func WithoutTraceMemory() Option {
	return option(func(c config) config { c.forgetTraces = true; return c })
}

// WithReplayURL also stamps $ai_replay_url, the link to the recording of the
// session, for users of Jaeger, Tempo or Honeycomb. The argument is the address
// of the project in PostHog's web application, such as
// https://us.posthog.com/project/12345; the link is that, /replay/ and the
// session id. By default no link is stamped.
//
// An address that is not an absolute http or https URL, or has a user, query or
// fragment, is reported to the error handler of OpenTelemetry, and no link is
// stamped. An empty one switches the link off.
func WithReplayURL(project string) Option {
	return option(func(c config) config {
		c.replay, c.err = "", nil
		if project == "" {
			return c
		}
		u, err := url.Parse(project)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
			u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			// The address is not printed: it may hold a password.
			c.err = fmt.Errorf("%w: no links to replays will be stamped; "+
				"give WithReplayURL an address such as https://us.posthog.com/project/12345", errReplayURL)
			return c
		}
		c.replay = strings.TrimRight(project, "/") + "/replay/"
		return c
	})
}

var errReplayURL = errors.New("otelposthog: the project address for replay links is not a plain http or https URL")

// WithTraceEvents hands on, for every trace that begins in this process and has
// an AI span in it, the root span as well, if that is not an AI span itself: the
// HTTP server span of the service that faces the browser, as a rule. The exporter
// makes the trace's only $ai_trace event of it. It is named by method and route,
// has the input of the first generation and the output of the last one as states,
// and no latency: PostHog adds that up from the spans below. AI spans that end
// after the root or in other services do not count. It needs memory of spans and
// of traces, and the states are left out where open roots hold more than some
// 256 MiB of them.
//
// By default there is none, and PostHog names a trace by its earliest event.
func WithTraceEvents() Option {
	return option(func(c config) config { c.traceEvents = true; return c })
}

const (
	defaultMaxSpans  = 32768
	defaultMaxTraces = 16384
	defaultRetention = time.Hour
)

type config struct {
	isAI         func(name string, attrs []attribute.KeyValue) bool
	maxSpans     int
	maxTraces    int
	retention    time.Duration
	forgetTraces bool
	replay       string // up to the session id
	traceEvents  bool
	err          error // of the last WithReplayURL
}

type option func(config) config

func (o option) apply(c config) config { return o(c) }

func newConfig(opts []Option) (config, error) {
	c := config{
		isAI:      semconv.IsAI,
		maxSpans:  defaultMaxSpans,
		maxTraces: defaultMaxTraces,
		retention: defaultRetention,
	}
	for _, o := range opts {
		if o != nil {
			c = o.apply(c)
		}
	}
	return c, c.err
}
