package baggage

import (
	"context"
	"net/http"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// NewHandler returns a handler that finds the browser session of each request,
// checks it, and calls next with a request that carries it
//
//   - in one baggage header within the limits of W3C baggage, the session first,
//     for otelhttp's server span and for whatever forwards the request;
//   - in the OpenTelemetry baggage of the request's context, the same members.
//
// Put it OUTSIDE otelhttp.NewHandler, which starts its span before it calls the
// inner handler:
//
//	baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
//
// Inside, it stamps that span late and reports that to the OpenTelemetry error
// handler.
//
// A request comes straight from a browser if it names a session in posthog-js
// headers, a query parameter or a cookie, but not in baggage. Its span becomes
// the root that PostHog shows, even with a traceparent: nobody records the
// parent span that posthog-js names there. If callers without a session can
// reach the handler directly, use WithPublicEndpoint.
//
// The package documentation lists the sources, their order and which values are
// refused. A refused value never fails the request. A nil next answers 404.
func NewHandler(next http.Handler, opts ...HandlerOption) http.Handler {
	var c handlerConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyHandler(&c)
		}
	}
	return &handler{
		next: orNotFound(next), handlerConfig: c,
		refused: newRefusedCounter(c.meterProvider), late: newLateCounter(c.meterProvider),
	}
}

func orNotFound(h http.Handler) http.Handler {
	if nilcheck.IsNil(h) {
		return http.NotFoundHandler()
	}
	return h
}

type handler struct {
	next          http.Handler
	refused, late metric.Int64Counter
	handlerConfig
}

var _ http.Handler = (*handler)(nil)

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := h.accept(r)
	// net/http removes a form's temporary files only if it finds the form on
	// its own request. The defer also covers a panic.
	defer func() {
		if in.MultipartForm != nil {
			r.MultipartForm = in.MultipartForm
		}
	}()
	h.next.ServeHTTP(w, in)
}

// accept returns the request for next.
func (h *handler) accept(r *http.Request) *http.Request {
	ctx := r.Context()
	// Without a header, otelhttp keeps the baggage that an outer handler put
	// into the context, so read the same baggage here.
	lines := r.Header[headerBaggage]
	if len(lines) == 0 {
		lines = contextLines(otelbaggage.FromContext(ctx))
	}

	var refused refusals
	in := parseHeader(lines, !h.noForeign, &refused)
	s, outside := h.session(r, in.session, &refused)
	entry, nested := session.EntryFromContext(ctx)
	entry.Outside = entry.Outside || outside || h.public
	if s.ID != "" {
		entry.Refused = session.Valid
	} else if refused.id != session.Valid {
		entry.Refused = refused.id
	}

	header := r.Header
	if !s.IsZero() || len(lines) > 0 || hasSessionHeaders(r.Header) {
		text := formatHeader(s, in, &refused)
		// Parsing the written header again makes header and context agree. It
		// cannot fail; the fuzz test checks that.
		bag, _ := otelbaggage.Parse(text)
		ctx = session.ContextWithBaggage(ctx, bag, session.Session(s))
		if h.requestContext != nil {
			if put := h.requestContext(ctx, s); put != nil {
				ctx = put
			}
		}
		header = rewrite(header, text, s)
	}
	header, entry.Link = h.traceContext(ctx, r.Method, header, entry.Link)
	refused.count(ctx, h.refused)
	if !nested && !s.IsZero() && stampLate(ctx, s) {
		h.late.Add(ctx, 1)
	}

	r = withoutQuery(r, h.query).WithContext(session.ContextWithEntry(ctx, entry))
	r.Header = headerWithoutQuery(header, h.query)
	return r
}

// stampLate stamps a request span that has already started because NewHandler
// is inside the handler that starts it. Spans started in between stay without
// the session, which is why the caller reports it.
func stampLate(ctx context.Context, s Session) (late bool) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return false
	}
	stamp := session.Session(s)
	if stamp.Consent == ConsentGiven {
		stamp.Consent = ConsentUnknown // It would overwrite an opt-out of the span.
	}
	span.SetAttributes(session.AppendAttributes(nil, stamp)...)
	report("late", "baggage.NewHandler: the span of the request had started before NewHandler ran; "+
		"it is stamped with the session now, but spans started in between are not; "+
		"put NewHandler outside: baggage.NewHandler(otelhttp.NewHandler(mux, name)), "+
		"for gRPC NewServerHandler of contrib/grpc around otelgrpc's")
	return true
}

// rewrite returns a copy of h with the baggage header given. It makes the
// request's posthog-js headers agree with s, so that inner code that reads
// them, such as a proxy or posthog-go's middleware, does not see refused
// values.
func rewrite(h http.Header, baggage string, s Session) http.Header {
	out := h.Clone()
	if out == nil {
		out = make(http.Header, 1)
	}
	set := func(name, value string) {
		if value == "" {
			delete(out, name)
			return
		}
		out[name] = []string{value}
	}
	set(headerBaggage, baggage)
	for name, value := range map[string]string{
		HeaderSessionID: s.ID, HeaderWindowID: s.WindowID, HeaderDistinctID: s.DistinctID,
	} {
		if out[name] != nil {
			set(name, value)
		}
	}
	return out
}
