package posthogexporter

import (
	"fmt"

	"go.opentelemetry.io/collector/config/configopaque"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// PrivacyConfig says what leaves the Collector. docs/privacy.md explains each
// setting under the name of the option of the same name.
type PrivacyConfig struct {
	// Content is all, inputs, outputs or none. Empty is all, unless
	// OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT of the Collector says
	// otherwise.
	Content string `mapstructure:"content"`
	// PrivacyMode is the short form of content: none.
	PrivacyMode bool `mapstructure:"privacy_mode"`
	// ContentOnConsent lets content out only of spans with posthog.opt_out: false.
	ContentOnConsent bool `mapstructure:"content_on_consent"`
	// WithoutOptedOut makes no event of spans with posthog.opt_out: true.
	WithoutOptedOut bool `mapstructure:"without_opted_out"`
	// AllowedProperties leave whatever content says; a name may end in *.
	AllowedProperties []string `mapstructure:"allowed_properties"`
	// RedactBinary replaces base64 content, such as images, by a short text. True
	// by default.
	RedactBinary bool `mapstructure:"redact_binary"`
	// Redaction adds redactors: email, phone, payment_card, iban, ip_address.
	Redaction []string `mapstructure:"redaction"`
	// WithoutRedaction takes redactors away, such as secrets.
	WithoutRedaction []string `mapstructure:"without_redaction"`
	// Pseudonyms is the key by which equal values that were redacted stay equal.
	Pseudonyms configopaque.String `mapstructure:"pseudonyms"`
	// HashedDistinctID is the key by which distinct ids are hashed.
	HashedDistinctID configopaque.String `mapstructure:"hashed_distinct_id"`
	// Groups are the PostHog groups of events that have none: type to key.
	Groups map[string]string `mapstructure:"groups"`
}

var contents = map[string]posthog.Content{
	"all": posthog.ContentAll, "inputs": posthog.ContentInputs, "outputs": posthog.ContentOutputs, "none": posthog.ContentNone,
}

func (c *PrivacyConfig) options() ([]posthog.CommonOption, error) {
	var options []posthog.CommonOption
	if c.Content != "" {
		content, ok := contents[c.Content]
		switch {
		case !ok:
			return nil, fmt.Errorf("content: %q is not known: use all, inputs, outputs or none", c.Content)
		case c.PrivacyMode && content != posthog.ContentNone:
			return nil, fmt.Errorf("content: %s contradicts privacy_mode, which is content: none", c.Content)
		}
		options = append(options, posthog.WithContent(content))
	}
	for _, setting := range []struct {
		on     bool
		option posthog.CommonOption
	}{
		{c.PrivacyMode, posthog.WithPrivacyMode()},
		{c.ContentOnConsent, posthog.WithContentOnConsent()},
		{c.WithoutOptedOut, posthog.WithoutOptedOut()},
		{len(c.AllowedProperties) > 0, posthog.WithAllowedProperties(c.AllowedProperties...)},
		{len(c.Redaction) > 0, posthog.WithRedaction(c.Redaction...)},
		{!c.RedactBinary, posthog.WithoutRedaction("binary")},
		{len(c.WithoutRedaction) > 0, posthog.WithoutRedaction(c.WithoutRedaction...)},
		{c.Pseudonyms != "", posthog.WithPseudonyms([]byte(c.Pseudonyms))},
		{c.HashedDistinctID != "", posthog.WithHashedDistinctID([]byte(c.HashedDistinctID))},
		{len(c.Groups) > 0, posthog.WithGroups(c.Groups)},
	} {
		if setting.on {
			options = append(options, setting.option)
		}
	}
	return options, nil
}
