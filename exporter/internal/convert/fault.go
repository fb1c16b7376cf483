package convert

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// unknownError is the text of an error of which nothing is known.
const unknownError = "unknown error"

// failure is an error that a library tells without the span status.
type failure struct {
	failed  bool
	message string
}

// fail marks the event as an error although the span status is not Error.
func (c *conversion) fail(message string) {
	c.failure = failure{failed: true, message: message}
}

// fault sets the properties of an error. Only the span status makes one, or a
// library that has another place for errors; an exception event alone does not.
func (c *conversion) fault() {
	status := c.span.Status()
	if status.Code != codes.Error && !c.failure.failed {
		return
	}
	exception, _ := lastException(c.span.Events())
	c.set(event.Any(semconv.PropertyIsError, attribute.BoolValue(true)))
	c.fillText(semconv.PropertyError, c.errorText(&exception, status.Description))
	if c.httpStatusUnset() {
		c.set(event.Any(semconv.PropertyHTTPStatus, attribute.Int64Value(c.httpStatus(&exception, status.Description))))
	}
}

// lastException returns the attributes of the last exception event, if there is
// one.
func lastException(events []sdktrace.Event) (attributes, bool) {
	for i := len(events) - 1; i >= 0; i-- {
		attrs := attributesOf(events[i].Attributes)
		if events[i].Name == "exception" || attrs.text("exception.message", "exception.type") != "" {
			return attrs, true
		}
	}
	return attributes{}, false
}

func (c *conversion) errorText(exception *attributes, status string) string {
	return cmp.Or(joinError(exception.text("exception.type"), messageOf(exception)),
		status, c.failure.message, c.text("error.type"), c.text("error.message"), unknownError)
}

// joinError puts the kind of an error before its message, as far as they are
// there.
func joinError(kind, message string) string {
	if kind == "" || message == "" {
		return kind + message
	}
	return kind + ": " + message
}

// messageOf returns the message of an exception, as JSON text where a provider's
// error is in it as it came.
func messageOf(exception *attributes) string {
	if v, ok := exception.get("exception.message"); ok {
		if _, structured := treeOf(v); structured || v.Type() == attribute.STRING {
			return jsonText(v)
		}
	}
	return ""
}

// statusKeys may hold the HTTP status of the call that failed.
var statusKeys = []attribute.Key{
	semconv.PropertyHTTPStatus, "http.response.status_code", "http.status_code", "http.status",
	"status_code", "error.status_code", "exception.status_code",
}

// httpStatusUnset reports whether $ai_http_status is yet to be found: a value
// that is no status does not count.
func (c *conversion) httpStatusUnset() bool {
	p := c.get(semconv.PropertyHTTPStatus)
	if p == nil {
		return true
	}
	_, ok := statusOf(p.Value)
	return !ok
}

func (c *conversion) httpStatus(exception *attributes, status string) int64 {
	for _, attrs := range [...]*attributes{exception, &c.own} {
		for _, key := range statusKeys {
			if v, ok := attrs.get(key); ok {
				if code, ok := statusOf(v); ok {
					return code
				}
			}
		}
	}
	texts := []string{
		messageOf(exception), c.text("error.message"), status, c.failure.message,
	}
	for _, s := range texts {
		if m := statusInText.FindStringSubmatch(s); m != nil {
			code, _ := strconv.ParseInt(m[1]+m[2], 10, 64) // three digits: no error
			return code
		}
	}
	return 500
}

func statusOf(v attribute.Value) (int64, bool) {
	if v.Type() == attribute.STRING {
		v = attribute.StringValue(strings.TrimSpace(v.AsString()))
	}
	v, ok := tokens(v)
	return v.AsInt64(), ok && v.AsInt64() >= 100 && v.AsInt64() <= 599
}

// statusInText finds "status code 429", "status_code=503", "Status: 404" and
// "HTTP 401", but neither "HTTP/1.1 404" nor a bare "status 404", nor digits
// inside a longer number or word.
var statusInText = regexp.MustCompile(
	`(?i)\b(?:(?:status[ _-]?code\b["']?\s*(?:is\s+|of\s+|[:=]\s*)?|status["']?\s*[:=]\s*)["']?([1-5]\d\d)|http\s+([1-5]\d\d))(?:[.,]?$|[.,]\D|[^\w.,])`)
