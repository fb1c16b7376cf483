package baggage

import (
	"net/http"

	"go.opentelemetry.io/otel/trace"
)

const headerServerTiming = "Server-Timing"

// ServerTiming returns a handler that sends the browser the trace id of its
// request, so that the page can name the trace when its user gives feedback:
//
//	Server-Timing: traceparent;desc="00-<trace id>-<span id>-<flags>"
//	Access-Control-Expose-Headers: Server-Timing
//
// The page reads it with response.headers.get("Server-Timing"). To read it from
// the browser's performance entries, a page on another origin also needs the
// header Timing-Allow-Origin, which the application must set.
//
// Put it INSIDE otelhttp.NewHandler, where the span of the request exists:
//
//	baggage.NewHandler(otelhttp.NewHandler(baggage.ServerTiming(mux), "gateway"))
//
// Both headers are added before next runs, so next can still remove them. Where
// the context holds no span, nothing is added. A nil next answers 404.
func ServerTiming(next http.Handler) http.Handler {
	next = orNotFound(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sc := trace.SpanContextFromContext(r.Context()); sc.IsValid() {
			w.Header().Add(headerServerTiming, `traceparent;desc="`+traceparent(sc)+`"`)
			w.Header().Add("Access-Control-Expose-Headers", headerServerTiming)
		}
		next.ServeHTTP(w, r)
	})
}

// traceparent writes sc as version 00 of W3C Trace Context, with only the flags
// that the specification defines.
func traceparent(sc trace.SpanContext) string {
	flags := sc.TraceFlags() & (trace.FlagsSampled | trace.FlagsRandom)
	return "00-" + sc.TraceID().String() + "-" + sc.SpanID().String() + "-" + flags.String()
}
