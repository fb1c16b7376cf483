package baggage

import (
	"net/http"
	"strings"

	"go.opentelemetry.io/otel/propagation"
)

// clean removes every field of a session from a carrier.
func clean(carrier propagation.TextMapCarrier) {
	// The carriers of OpenTelemetry are maps, in which removing is exact and
	// costs no allocation.
	switch c := carrier.(type) {
	case propagation.HeaderCarrier:
		cleanHeader(http.Header(c))
	case propagation.MapCarrier:
		for key, value := range c {
			switch rest, changed := cleanField(key, value); {
			case !changed:
			case rest == "":
				delete(c, key)
			default:
				c[key] = rest
			}
		}
	default:
		// Others have no way to delete a key. An empty value carries nothing.
		for _, key := range carrier.Keys() {
			if !mayCarry(key) {
				continue
			}
			value, all := values(carrier, key)
			rest, changed := cleanField(key, value)
			if changed || !all && isBaggage(key) {
				carrier.Set(key, rest)
			}
		}
	}
}

// values returns the values of a field, joined. It reports false for a carrier
// that exposes only the first value, such as that of otelgrpc: the caller must
// then remove the field, because the hidden values may hold a session.
func values(carrier propagation.TextMapCarrier, key string) (value string, all bool) {
	if many, ok := carrier.(propagation.ValuesGetter); ok {
		return strings.Join(many.Values(key), ","), true
	}
	return carrier.Get(key), false
}

func cleanHeader(h http.Header) {
	for name, lines := range h {
		if !mayCarry(name) {
			continue
		}
		if isBaggage(name) {
			if rest, changed := withoutOurs(lines); len(rest) == 0 {
				delete(h, name)
			} else if changed {
				h[name] = rest
			}
			continue
		}
		if strings.EqualFold(name, "Cookie") { // of a request that is forwarded
			if rest, cut := withoutOurCookies(lines); len(rest) == 0 {
				delete(h, name)
			} else if cut {
				h[name] = rest
			}
			continue
		}
		if (strip{}).drops(name) {
			delete(h, name)
		}
	}
}

// cleanField returns the value of one field of a carrier without a session.
func cleanField(key, value string) (rest string, changed bool) {
	switch {
	case !mayCarry(key):
		return value, false
	case isBaggage(key):
		return lineWithoutOurs(value)
	case strip{}.drops(key):
		return "", true
	}
	return value, false
}

// mayCarry rules most fields out by their first letter and their length: baggage,
// correlation-context, jaeger-baggage, cookie, X-POSTHOG-*, ot-baggage-*, uberctx-*.
func mayCarry(key string) bool {
	if key == "" {
		return false
	}
	switch key[0] {
	case 'b', 'B':
		return len(key) == len("baggage")
	case 'c', 'C':
		return len(key) == len("cookie") || len(key) == len("correlation-context")
	case 'j', 'J':
		return len(key) == len("jaeger-baggage")
	case 'x', 'X':
		return len(key) > len("x-posthog-")
	case 'o', 'O', 'u', 'U':
		return true
	}
	return false
}
