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

// A HandlerOption configures NewHandler. A nil option is ignored.
type HandlerOption interface{ applyHandler(*handlerConfig) }

// WithIdentity sets a function that returns what the server itself knows about
// the caller, from a login session or a verified token: usually a Session with
// only the DistinctID set. Its values win over everything the request claims.
// For an empty field, the request's claim is used. If the function returns an
// invalid value, that value is refused and counted, and the request's claim for
// the field is ignored, too.
//
// The function runs once per request before the span of otelhttp starts, with
// the request as it came in, and must be safe for concurrent use. By default,
// and with a nil function, the request's claims are used.
func WithIdentity(identity func(*http.Request) Session) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.identity = identity })
}

// WithConsent sets a function that returns what the server knows, or the page
// says, about the consent of the caller: from the account, from a consent cookie
// or from a header of your own. The answer travels with the session, over all
// hops, and the exporter keeps content in the process where it is
// [ConsentRefused]; with its option WithContentOnConsent, also where it is not
// [ConsentGiven].
//
//	baggage.WithConsent(func(r *http.Request) baggage.Consent {
//		switch c, _ := r.Cookie("consent"); {
//		case c == nil:
//			return baggage.ConsentUnknown
//		case c.Value == "yes":
//			return baggage.ConsentGiven
//		}
//		return baggage.ConsentRefused
//	})
//
// The function can give a consent that nothing in the baggage of the request
// gives. It cannot take back an opt-out: an opt-out in the baggage or from
// WithIdentity also counts. An unknown value means ConsentRefused, and the metric
// of refused values counts it.
//
// The function runs once per request before the span of otelhttp starts, with
// the request as it came in, and must be safe for concurrent use. By default,
// and with a nil function, only the baggage of the request is read.
func WithConsent(consent func(*http.Request) Consent) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.consent = consent })
}

// WithCookie also reads the posthog-js cookie, after all other sources. Use it
// for requests on which posthog-js cannot set headers: page loads, form posts,
// and the first calls of a page. projectKey is the project's API key (phc_...);
// the cookie's name contains it.
//
// The cookie holds the distinct id and the session id but no window. Its
// session counts as long as posthog-js would continue it: until 30 minutes
// after the last activity and at most 24 hours after the start.
//
// By default no cookie is read. A blank key is reported to the OpenTelemetry
// error handler, and no cookie is read.
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
// baggage and before the cookie. Use it for requests on which a page cannot set
// headers, such as those of a WebSocket or an EventSource:
//
//	new WebSocket("wss://api.example.com/chat?ph_session=" + posthog.get_session_id())
//
// The parameter is removed from the URL and the RequestURI before the inner
// handler runs, so it is not in the request's span, and from the URLs in Referer
// and in the headers of proxies such as X-Forwarded-Uri. By default, and with a
// blank name, no parameter is read.
func WithQuery(name string) HandlerOption {
	name = strings.TrimSpace(name)
	return handlerOption(func(c *handlerConfig) { c.query = name })
}

// WithPublicEndpoint declares that every caller is untrusted: browsers, or
// anybody on the network. The span of every request then becomes a root in
// PostHog. By default that is so only for requests that name a session in
// headers, query or cookie. A consent in the baggage of such a request is refused;
// an opt-out counts: see WithConsent. It does not change how the caller's trace context
// is used: see WithSampler and WithNewTrace.
func WithPublicEndpoint() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.public = true })
}

// WithSampler keeps the caller's trace id and lets s, not the caller, decide
// whether the trace is sampled: it rewrites the flag in the traceparent header
// before the inner handler sees it. posthog-js with trace_propagation_targets
// always sets the flag, and so can anybody else, so a ParentBased sampler would
// sample every request.
//
// Choose one of three:
//
//   - by default the caller's flag is trusted, as otelhttp trusts it: right
//     between your own services, and where all requests are sampled anyway;
//   - WithSampler keeps the page's trace id, so that its feedback and errors
//     match, and limits the cost. A caller can still choose an id that s
//     samples, or the id of somebody else's trace;
//   - WithNewTrace lets the caller choose nothing.
//
// s is a root sampler, such as sdktrace.TraceIDRatioBased(0.1); the context it
// gets holds the session. A nil sampler is the default.
func WithSampler(s sdktrace.Sampler) HandlerOption {
	return handlerOption(func(c *handlerConfig) {
		if nilcheck.IsNil(s) {
			s = nil
		}
		c.sampler = s
	})
}

// WithNewTrace starts a new trace for every request: it removes the headers
// traceparent and tracestate before the inner handler sees them. The processor
// of this module links the span of the request to the span that the caller
// named. See WithSampler for when to choose it.
func WithNewTrace() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.newTrace = true })
}

// WithoutBrowserDistinctID takes the person from WithIdentity alone. A distinct
// id in a header, in baggage or in the cookie is refused and counted, because
// anybody can claim any id there. By default such a claim is used if
// WithIdentity returns no person, as PostHog itself uses it.
//
// Use it at the edge only. Between your own services the distinct id travels in
// baggage, and a handler with this option drops it.
func WithoutBrowserDistinctID() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noBrowserDistinctID = true })
}

// WithoutForeignBaggage drops the baggage members that are not this package's.
// By default they are kept, in their order, as long as they fit into the limits
// of W3C baggage after the session. Members dropped by this option are not
// counted.
func WithoutForeignBaggage() HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.noForeign = true })
}

// WithRequestContext sets a function that stores the session in the context in
// the form that another library expects. The function of package posthoggo
// links ordinary posthog-go events to the replay:
//
//	baggage.WithRequestContext(posthoggo.ContextWithSession)
//
// The function gets the context that already carries the session. It runs once
// for each request that names a session or has baggage. If every value was
// refused, it gets the zero session and should remove an unchecked one from the
// context. By default, with a nil function, and when it returns a nil context,
// nothing is added. If the option is given several times, the last one counts.
func WithRequestContext(put func(context.Context, Session) context.Context) HandlerOption {
	return handlerOption(func(c *handlerConfig) { c.requestContext = put })
}

type handlerConfig struct {
	identity            func(*http.Request) Session
	consent             func(*http.Request) Consent
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
