package baggage

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// A HandlerOption changes what NewHandler makes. A nil option is ignored.
type HandlerOption interface{ applyHandler(*handlerConfig) }

// WithIdentity names a function that says what the server itself knows about a
// request, from a login session or a verified token: usually a Session with
// nothing but the DistinctID. What it returns wins over everything that the
// request claims; an empty field leaves the question to the request. A value of
// a bad shape is refused and counted, and the request's own claim is still not
// believed.
//
// The function runs once per request before the span of otelhttp starts, with
// the request as it came in, and must be safe for concurrent use. The default,
// and a nil function, know nothing.
func WithIdentity(identity func(*http.Request) Session) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.identity = identity })
}

// WithCookie also reads the cookie that posthog-js keeps, after all other
// sources. It helps with the requests that posthog-js cannot put headers on:
// page loads, form posts, and the first calls of a page. projectKey is the
// project's API key (phc_...), which is part of the cookie's name.
//
// The cookie holds the distinct id and the session id but no window. Its session
// is taken as posthog-js would take it: until 30 minutes after its last activity
// and 24 hours after its start.
//
// The default reads no cookie. A blank key, with which no cookie can be found,
// is reported to the OpenTelemetry error handler and reads none either.
func WithCookie(projectKey string) HandlerOption {
	projectKey = strings.TrimSpace(projectKey)
	return handlerOption(func(c *handlerConfig) {
		if projectKey == "" {
			otel.Handle(errors.New("otelposthog: baggage.WithCookie: blank project key: " +
				"no cookie is read; give the project API key that the page gives to posthog.init"))
			return
		}
		c.cookie = cookieName(projectKey)
	})
}

// WithQuery also reads the session id from a query parameter, after headers and
// baggage and before the cookie. It is for the requests on which a page can set no
// header, such as those of a WebSocket or an EventSource:
//
//	new WebSocket("wss://api.example.com/chat?ph_session=" + posthog.get_session_id())
//
// The parameter is removed from the URL and the RequestURI before the handler
// inside, and so the span of the request, sees it, and from the URLs in Referer and
// in the headers of proxies such as X-Forwarded-Uri. The default, and a blank name,
// read none.
func WithQuery(name string) HandlerOption {
	name = strings.TrimSpace(name)
	return handlerOption(func(c *handlerConfig) { c.query = name })
}

// WithPublicEndpoint says that nobody but strangers calls this handler: browsers,
// or anybody on the network. The span of every request is then the root of what
// PostHog shows, not only that of a request which names a session in headers,
// query or cookie. What the trace context of a caller may decide is left to
// WithSampler and WithNewTrace.
func WithPublicEndpoint() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.public = true })
}

// WithSampler keeps the trace id that a caller sends and lets s decide whether the
// trace is sampled, in the place of the caller: the flag in the traceparent header
// is rewritten before the handler inside sees it. posthog-js with
// trace_propagation_targets, and anybody else, sends the flag always set, and so a
// ParentBased sampler would sample every request.
//
// Choose among the three so:
//
//   - by default the caller is believed, as otelhttp believes it: right between
//     services of your own, and where all requests are sampled anyway;
//   - WithSampler keeps the trace that the page knows, for feedback and errors that
//     it reports under that trace id, and bounds what it costs. A stranger can
//     still choose an id that s samples, or the id of somebody else's trace;
//   - WithNewTrace lets a stranger choose nothing.
//
// s is a sampler of roots, such as sdktrace.TraceIDRatioBased(0.1); it sees the
// session of the request in the context. A nil sampler is the default.
func WithSampler(s sdktrace.Sampler) HandlerOption {
	return handlerOption(func(c *handlerConfig) {
		if nilcheck.IsNil(s) {
			s = nil
		}
		c.sampler = s
	})
}

// WithNewTrace starts a new trace for every request: the headers traceparent and
// tracestate are removed before the handler inside sees them. The processor of
// this module links the span of the request to the span that the caller named.
// See WithSampler for when to choose it.
func WithNewTrace() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.newTrace = true })
}

// WithoutBrowserDistinctID takes the person from WithIdentity alone: a distinct
// id in a header, in baggage or in the cookie is refused and counted. Anybody can
// claim to be anybody there. By default such a claim is taken, as PostHog itself
// takes it, when the server knows nothing.
//
// It is for the edge. Between services of one's own the distinct id travels in
// baggage, and a handler with this option would drop it.
func WithoutBrowserDistinctID() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noBrowserDistinctID = true })
}

// WithoutForeignBaggage drops the baggage members that are not this package's.
// By default they pass, in their order, as far as the limits of W3C baggage have
// room for them after the session. What this option drops is not counted.
func WithoutForeignBaggage() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noForeign = true })
}

// WithRequestContext names a function that puts the session of a request into the
// context in a form of its own, for a library that looks for it there. That of the
// package posthoggo links ordinary events of posthog-go to the replay:
//
//	baggage.WithRequestContext(posthoggo.ContextWithSession)
//
// The function gets the context that already carries the session, and runs once
// for each request that names a session or has baggage, also when nothing of it was
// accepted: then the session is zero, and what the context has of an unchecked one
// should go. The default, a nil function and a nil context that it returns add
// nothing. The last option counts.
func WithRequestContext(put func(context.Context, Session) context.Context) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.requestContext = put })
}

type handlerConfig struct {
	identity            func(*http.Request) Session
	cookie              string // its name, empty: none
	query               string // the parameter, empty: none
	public              bool
	newTrace            bool
	sampler             sdktrace.Sampler // nil: the caller decides
	noBrowserDistinctID bool
	noForeign           bool
	requestContext      func(context.Context, Session) context.Context
	meterProvider       metric.MeterProvider
}

type handlerOption func(*handlerConfig)

func (f handlerOption) applyHandler(c *handlerConfig) { f(c) }
