package convert

import (
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// featureFlags sets $feature/<key>, by which PostHog compares the variants of an
// experiment, from the span events that the OpenTelemetry hooks of OpenFeature
// write. Of several evaluations of one flag the last one counts.
func featureFlags(c *conversion) {
	for _, e := range c.Span.Events() {
		if e.Name != "feature_flag.evaluation" && e.Name != "feature_flag" { // the older name
			continue
		}
		attrs := attr.Of(e.Attributes)
		key := attrs.Text("feature_flag.key")
		if key == "" || len(key) > maxFlagKey {
			continue
		}
		c.From(attribute.Key(e.Name + "/feature_flag.key"))
		for _, k := range [...]attribute.Key{"feature_flag.result.variant", "feature_flag.variant", "feature_flag.result.value"} {
			if v, ok := attrs.Get(k); ok && (v.Type() == attribute.STRING || v.Type() == attribute.BOOL) {
				c.Set(prop.Any("$feature/"+key, v))
				break
			}
		}
	}
}

// maxFlagKey is the longest key of a flag in bytes, as PostHog takes them.
const maxFlagKey = 400
