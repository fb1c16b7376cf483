package baggage

import (
	"net/http"

	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// NewHandler returns a handler that finds the browser session of each request,
// checks it, and calls next with a request that carries it
//
//   - in one baggage header within the limits of W3C baggage, the session first,
//     for otelhttp's server span and for whatever forwards the request;
//   - in the OpenTelemetry baggage of the request's context, the same members.
//
// It belongs OUTSIDE otelhttp.NewHandler, which starts its span before it calls
// the handler inside:
//
//	baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
//
// The package documentation says which sources are asked in which order and
// what is refused; refusing never fails a request. A nil next answers 404.
func NewHandler(next http.Handler, opts ...HandlerOption) http.Handler {
	var c handlerConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyHandler(&c)
		}
	}
	h := &handler{next: orNotFound(next), handlerConfig: c}
	if !nilcheck.IsNil(c.meterProvider) {
		h.counter = newCounter(c.meterProvider)
	}
	return h
}

func orNotFound(h http.Handler) http.Handler {
	if nilcheck.IsNil(h) {
		return http.NotFoundHandler()
	}
	return h
}

type handler struct {
	next    http.Handler
	counter metric.Int64Counter // nil: refusals are not counted
	handlerConfig
}

var _ http.Handler = (*handler)(nil)

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := h.accept(r)
	if in != r {
		// net/http removes the temporary files of a form that it finds on its
		// own request. Deferred, so that a panic leaves none behind either.
		defer func() {
			if in.MultipartForm != nil {
				r.MultipartForm = in.MultipartForm
			}
		}()
	}
	h.next.ServeHTTP(w, in)
}

// accept returns the request that next gets. A request without any trace of a
// session or of baggage is returned as it is.
func (h *handler) accept(r *http.Request) *http.Request {
	ctx := r.Context()
	// Without a header, otelhttp keeps the baggage that the context has from a
	// handler further out; what it would see is what is read here.
	lines := r.Header[headerBaggage]
	if len(lines) == 0 {
		lines = contextLines(otelbaggage.FromContext(ctx))
	}

	var t tally
	in := parseHeader(lines, !h.noForeign, &t)
	s := h.session(r, in.session, &t)
	if s.IsZero() && len(lines) == 0 && !hasSessionHeaders(r.Header) {
		t.report(ctx, h.counter)
		return r
	}

	header := formatHeader(s, in.aiParent, in.foreign, &t)
	t.report(ctx, h.counter)
	// Reading back what was written is what makes header and context agree. It
	// cannot fail: the fuzz test sees to that.
	bag, _ := otelbaggage.Parse(header)
	ctx = otelbaggage.ContextWithBaggage(ctx, bag)
	if h.requestContext != nil {
		ctx = h.requestContext(ctx, s)
	}
	r = r.WithContext(ctx)
	r.Header = rewrite(r.Header, header, s)
	return r
}

// rewrite returns a copy of h with the baggage header given. Headers of
// posthog-js that came in are made to agree with s, so that whatever is inside
// and reads them, such as a proxy or the middleware of posthog-go, sees nothing that
// was refused here.
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
