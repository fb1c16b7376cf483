package baggage

// AllowedHeaders names the request headers that a page on another origin must
// be allowed to send: the three of posthog-js and the W3C headers baggage,
// traceparent and tracestate. Add them to Access-Control-Allow-Headers in the
// response to the preflight request, beside the application's own; otherwise
// the browser does not send the request at all. The slice is the caller's.
func AllowedHeaders() []string {
	return []string{
		"X-POSTHOG-SESSION-ID", "X-POSTHOG-WINDOW-ID", "X-POSTHOG-DISTINCT-ID",
		"baggage", "traceparent", "tracestate",
	}
}

// ExposedHeaders names the response headers that a page on another origin must
// be allowed to read: Server-Timing, in which ServerTiming writes the trace.
// ServerTiming exposes it by itself; this is for a CORS handler that replaces
// Access-Control-Expose-Headers. The slice is the caller's.
func ExposedHeaders() []string { return []string{headerServerTiming} }
