package convert

import (
	"cmp"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// unknownError is the text of an error of which nothing is known.
const unknownError = "OpenTelemetry span status error"

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
	c.set(prop.Any(names.PropertyIsError, attribute.BoolValue(true)))
	c.fillText(names.PropertyError, c.errorText(&exception, status.Description))
	if c.httpStatusUnset() {
		if code, ok := c.httpStatus(&exception, status.Description); ok {
			c.set(prop.Any(names.PropertyHTTPStatus, attribute.Int64Value(code)))
		} else {
			c.unset(names.PropertyHTTPStatus)
		}
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
