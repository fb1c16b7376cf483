package otelconf

import (
	"errors"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/internal/settings"
	"github.com/otelposthog/otelposthog-go/processor"
)

// config is a posthog node as options.
type config struct {
	apiKey    string
	exporter  []exporter.Option
	batch     []sdktrace.BatchSpanProcessorOption
	processor []processor.Option
	handler   []baggage.HandlerOption
	transport []baggage.TransportOption
}

// kind is what a setting holds.
type kind int

const (
	text kind = iota
	word      // one of values
	flag
	duration
	integer
	list    // of texts
	mapping // of texts
)

// value is what the file says, after substitution: text of a scalar, list or pairs.
type value struct {
	text  string
	list  []string
	pairs []attribute.KeyValue
}

// field is a setting of a posthog node. The names are those of the Collector's
// posthog exporter where that has the setting, too.
type field struct {
	section, name string
	kind          kind
	values        []string // of a word
	doc           string
	set           func(c *config, v value) error
}

// fields are all settings. The parser, schema.json and the README's table are made
// of them.
var fields = []field{
	{"exporter", "api_key", text, nil, "The project API key (phc_...). Required.", func(c *config, v value) error {
		c.apiKey = v.text
		return nil
	}},
	{"exporter", "endpoint", text, nil, "The address of PostHog. Default: https://us.i.posthog.com.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithHost(v.text))
		return nil
	}},
	{"exporter", "insecure", flag, nil, "Allow plain http to other machines: the key and all content can then be read on the way. Default: false.", whenTrue(func(c *config) {
		c.exporter = append(c.exporter, exporter.WithInsecureHost())
	})},
	{"exporter", "capture", word, []string{"auto", "batch", "ai", "v1"}, "The endpoint of the capture API. Default: auto.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithCaptureMode(exporter.CaptureMode(v.text)))
		return nil
	}},
	{"exporter", "compression", word, []string{"auto", "none", "gzip", "zstd"}, "The compression of requests; zstd needs capture: v1. Default: auto.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithCompression(exporter.Compression(v.text)))
		return nil
	}},
	{"exporter", "timeout", duration, nil, "The time of one request. Default: 10s.", withDuration(func(c *config, d time.Duration) {
		c.exporter = append(c.exporter, exporter.WithTimeout(d))
	})},
	{"exporter", "retry_max_elapsed_time", duration, nil, "The time of one export with all retries. Default: 1m.", withDuration(func(c *config, d time.Duration) {
		c.exporter = append(c.exporter, exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: d}))
	})},
	{"exporter", "max_event_bytes", integer, nil, "The size to which larger events are shrunk, at least 16384. Default: that of the endpoint.", withInteger(16384, func(c *config, n int) {
		c.exporter = append(c.exporter, exporter.WithMaxEventBytes(n))
	})},
	{"exporter", "properties", mapping, nil, "Properties that are added to every event. Default: none.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithProperties(v.pairs...))
		return nil
	}},

	{"batch", "schedule_delay", duration, nil, "How long spans wait for others. Default: 5s.", withDuration(func(c *config, d time.Duration) {
		c.batch = append(c.batch, sdktrace.WithBatchTimeout(d))
	})},
	{"batch", "export_timeout", duration, nil, "The time of one export. Default: 30s.", withDuration(func(c *config, d time.Duration) {
		c.batch = append(c.batch, sdktrace.WithExportTimeout(d))
	})},
	{"batch", "max_queue_size", integer, nil, "How many spans wait at most; further ones are dropped. Default: 2048.", withInteger(1, func(c *config, n int) {
		c.batch = append(c.batch, sdktrace.WithMaxQueueSize(n))
	})},
	{"batch", "max_export_batch_size", integer, nil, "How many spans are exported together at most. Default: 512.", withInteger(1, func(c *config, n int) {
		c.batch = append(c.batch, sdktrace.WithMaxExportBatchSize(n))
	})},

	{"session", "trusted_hosts", list, nil, "The hosts that may get the session: your own services. Patterns as in baggage.WithTrustedHosts. Default: nobody.", func(c *config, v value) error {
		if err := baggage.ValidateTrustedHosts(v.list...); err != nil {
			return errors.New(strings.ReplaceAll(err.Error(), "otelposthog: baggage.WithTrustedHosts: ", ""))
		}
		c.transport = append(c.transport, baggage.WithTrustedHosts(v.list...))
		return nil
	}},
	{"session", "cookie", text, nil, "The project API key whose posthog-js cookie is read when a request has no header. Default: no cookie is read.", func(c *config, v value) error {
		c.handler = append(c.handler, baggage.WithCookie(v.text))
		return nil
	}},
	{"session", "public_endpoint", flag, nil, "Every request comes from outside, those without a session, too. Default: false.", whenTrue(func(c *config) {
		c.handler = append(c.handler, baggage.WithPublicEndpoint())
	})},
	{"session", "browser_distinct_id", flag, nil, "Believe the person that the browser names. Default: true.", whenFalse(func(c *config) {
		c.handler = append(c.handler, baggage.WithoutBrowserDistinctID())
	})},
	{"session", "foreign_baggage", flag, nil, "Let other baggage of the browser in. Default: true.", whenFalse(func(c *config) {
		c.handler = append(c.handler, baggage.WithoutForeignBaggage())
	})},
	{"session", "replay_url", text, nil, "The address of the project in PostHog's web application, for $ai_replay_url on spans. Default: none.", func(c *config, v value) error {
		c.processor = append(c.processor, processor.WithReplayURL(v.text))
		return nil
	}},
	{"session", "trace_events", flag, nil, "Send a $ai_trace event for each trace. Default: false.", whenTrue(func(c *config) {
		c.processor = append(c.processor, processor.WithTraceEvents())
	})},
	{"session", "hold", duration, nil, "How long an AI span waits for the rest of its trace at most. Default: 5s.", withDuration(func(c *config, d time.Duration) {
		c.processor = append(c.processor, processor.WithHold(d))
	})},

	{"privacy", "content", word, []string{"all", "inputs", "outputs", "none"}, "Which messages, states and tools are sent. Default: all.", func(c *config, v value) error {
		var content exporter.Content
		err := content.UnmarshalText([]byte(v.text))
		c.exporter = append(c.exporter, exporter.WithContent(content))
		return err
	}},
	{"privacy", "content_on_consent", flag, nil, "Send content only of sessions that carry a consent. Default: false.", whenTrue(func(c *config) {
		c.exporter = append(c.exporter, exporter.WithContentOnConsent())
	})},
	{"privacy", "without_opted_out", flag, nil, "Send nothing at all of sessions that opted out. Default: false, which sends them without content.", whenTrue(func(c *config) {
		c.exporter = append(c.exporter, exporter.WithoutOptedOut())
	})},
	{"privacy", "allowed_properties", list, nil, "Properties that are sent whatever content says. Default: none.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithAllowedProperties(v.list...))
		return nil
	}},
	{"privacy", "redaction", list, nil, "Ready-made redactors beside the default ones, which are binary and secrets: email, phone, payment_card, iban, ip_address.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithRedaction(v.list...))
		return nil
	}},
	{"privacy", "without_redaction", list, nil, "Ready-made redactors that are switched off, such as binary. Default: none.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithoutRedaction(v.list...))
		return nil
	}},
	{"privacy", "pseudonyms", text, nil, "A secret: redacted values that are equal stay equal. Default: none.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithPseudonyms([]byte(v.text)))
		return nil
	}},
	{"privacy", "hashed_distinct_id", text, nil, "A secret: persons are sent as a hash with it. Default: none.", func(c *config, v value) error {
		c.exporter = append(c.exporter, exporter.WithHashedDistinctID([]byte(v.text)))
		return nil
	}},
	{"privacy", "groups", mapping, nil, "PostHog groups, type to key, of events that have none. Default: none.", func(c *config, v value) error {
		groups := make(map[string]string)
		for _, kv := range v.pairs {
			groups[string(kv.Key)] = kv.Value.AsString()
		}
		c.exporter = append(c.exporter, exporter.WithGroups(groups))
		return nil
	}},
}

// otherNames are what people write for a setting, who know it from elsewhere.
var otherNames = map[string]string{
	"host": "endpoint", "url": "endpoint", "posthog_host": "endpoint",
	"key": "api_key", "token": "api_key", "project_api_key": "api_key", "posthog_api_key": "api_key",
	"capture_mode": "capture", "privacy_mode": "content", "redact_binary": "without_redaction", "insecure_host": "insecure", "tls": "insecure",
}

func withDuration(set func(*config, time.Duration)) func(*config, value) error {
	return func(c *config, v value) error {
		d, err := settings.Duration(v.text)
		if err == nil {
			set(c, d)
		}
		return err
	}
}

func withInteger(least int, set func(*config, int)) func(*config, value) error {
	return func(c *config, v value) error {
		n, err := settings.AtLeast(v.text, least)
		if err == nil {
			set(c, n)
		}
		return err
	}
}

func whenTrue(set func(*config)) func(*config, value) error { return whenFlag(true, set) }

func whenFalse(set func(*config)) func(*config, value) error { return whenFlag(false, set) }

func whenFlag(want bool, set func(*config)) func(*config, value) error {
	return func(c *config, v value) error {
		got, err := settings.Bool(v.text)
		if err == nil && got == want {
			set(c)
		}
		return err
	}
}
