package dialect

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/internal/attr"
)

// LastException returns the attributes of the last exception event, if there is
// one.
func LastException(events []sdktrace.Event) (attr.List, bool) {
	for i := len(events) - 1; i >= 0; i-- {
		attrs := attr.Of(events[i].Attributes)
		if events[i].Name == "exception" || attrs.Text("exception.message", "exception.type") != "" {
			return attrs, true
		}
	}
	return attr.List{}, false
}

// JoinError joins the type and the message of an error; either may be empty.
func JoinError(kind, message string) string {
	if kind == "" || message == "" {
		return kind + message
	}
	return kind + ": " + message
}

// MessageOf returns the message of an exception, or the JSON text of the
// provider's error that it contains.
func MessageOf(exception *attr.List) string {
	if v, ok := exception.Get("exception.message"); ok {
		if _, structured := attr.Tree(v); structured || v.Type() == attribute.STRING {
			return attr.JSONText(v)
		}
	}
	return ""
}
