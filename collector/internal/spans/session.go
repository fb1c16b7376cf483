package spans

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// session says where the browser session of a span is.
type session struct {
	keys       []string
	ofResource string
}

// stamp sets $session_id in attrs, which are those of m.
func (s session) stamp(attrs []attribute.KeyValue, m pcommon.Map) []attribute.KeyValue {
	id := sessionOf(m, s.keys)
	if id == "" {
		id = s.ofResource
	}
	if id == "" {
		return attrs
	}
	attrs = slices.DeleteFunc(attrs, func(kv attribute.KeyValue) bool { return kv.Key == semconv.SessionIDKey })
	return append(attrs, semconv.SessionIDKey.String(id))
}

func sessionOf(m pcommon.Map, keys []string) string {
	for _, key := range keys {
		if v, ok := m.Get(key); ok && v.Type() == pcommon.ValueTypeStr && IsSessionID(v.Str()) {
			return v.Str()
		}
	}
	return ""
}

// IsSessionID reports whether PostHog takes s for a session: 1 to 200 visible
// ASCII characters.
func IsSessionID(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 200
}
