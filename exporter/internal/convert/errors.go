package convert

import (
	"cmp"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// unknownError is the text of an error without details.
const unknownError = "OpenTelemetry span status error"

// fail sets the properties of an error. An error is the span status Error, or a
// failure that a library records elsewhere. An exception event alone is not an
// error.
func fail(c *conversion) {
	status := c.Span.Status()
	if status.Code != codes.Error && !c.Failure.Failed {
		return
	}
	exception, _ := dialect.LastException(c.Span.Events())
	c.Set(prop.Any(names.PropertyIsError, attribute.BoolValue(true)))
	var from []attribute.Key
	for _, key := range []attribute.Key{"exception.type", "exception.message"} {
		if _, ok := exception.Get(key); ok {
			from = append(from, "exception/"+key)
		}
	}
	c.From(from...)
	c.errorType = cmp.Or(exception.Text("exception.type"), c.Text("error.type"), c.Own.Text("exception.type"))
	c.FillText(names.PropertyError, errorText(c, &exception, status.Description))
	if httpStatusUnset(c) {
		if code, ok := httpStatus(c, &exception, status.Description); ok {
			c.Set(prop.Any(names.PropertyHTTPStatus, attribute.Int64Value(code)))
		} else {
			c.Unset(names.PropertyHTTPStatus)
		}
	}
}

func errorText(c *conversion, exception *attr.List, status string) string {
	return cmp.Or(dialect.JoinError(exception.Text("exception.type"), dialect.MessageOf(exception)),
		status, c.Failure.Message, c.Text("error.type"), c.Text("error.message"), unknownError)
}
