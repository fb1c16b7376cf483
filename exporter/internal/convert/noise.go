package convert

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// transport are attributes of the HTTP request of a call. The base URL, the
// error and its status already have what a user needs of them.
var transport = map[attribute.Key]bool{
	"http.method": true, "http.request.method": true, "http.request.method_original": true, "http.route": true, "http.target": true,
	"http.url": true, "http.host": true, "http.scheme": true, "http.flavor": true, "http.status_code": true, "http.response.status_code": true,
	"url.full": true, "url.path": true, "url.scheme": true, "url.query": true, "url.domain": true, "url.port": true,
}

// isNoise reports whether an attribute only repeats a property.
func isNoise(c *conversion, kv *attribute.KeyValue) bool {
	switch key := kv.Key; key {
	case session.OTelIDKey, session.PostHogIDKey, session.CamelIDKey, session.NodeIDKey:
		return kv.Value.Type() == attribute.STRING && kv.Value.AsString() == textOf(c, names.PropertySessionID)
	case session.PostHogWindowIDKey:
		return kv.Value.Type() == attribute.STRING && kv.Value.AsString() == textOf(c, names.PropertyWindowID)
	case session.CamelDistinctIDKey, "llm.user":
		return true // the person
	case "trace_id", "span_id":
		id := c.traceHex
		if key == "span_id" {
			id = textOf(c, names.PropertySpanID)
		}
		return kv.Value.Type() == attribute.STRING && kv.Value.AsString() == id
	case "server.port":
		return c.Has(names.PropertyBaseURL)
	case "url.full":
		if kv.Value.Type() == attribute.STRING && kv.Value.AsString() == textOf(c, names.PropertyBaseURL) {
			return true
		}
	case "openinference.span.kind", "gen_ai.client.operation.duration", "gen_ai.execute_tool.duration":
		return true
	}
	if strings.HasSuffix(string(kv.Key), "total_tokens") {
		return c.Has(names.PropertyInputTokens) || c.Has(names.PropertyOutputTokens)
	}
	return !c.IsSpan() && transport[kv.Key]
}

func textOf(c *conversion, key string) string {
	if p := c.Get(key); p != nil && p.Value.Type() == attribute.STRING {
		return p.Value.AsString()
	}
	return ""
}
