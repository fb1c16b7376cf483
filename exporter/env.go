package exporter

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/internal/settings"
)

// apiKeyVariable holds the project API key.
const apiKeyVariable = "POSTHOG_API_KEY"

// variable is an environment variable that stands for an option.
type variable struct {
	name string
	// standard and values are for people: docs/configuration.md shows them.
	standard, values string
	option           func(text string) (Option, error)
}

// variables are all that [NewFromEnv] reads beside the API key. None of them is
// OpenTelemetry's: those of OTLP are meant for another receiver.
var variables = []variable{
	{"POSTHOG_HOST", defaultHost, "URL with https://", func(text string) (Option, error) {
		return directOption(func(c *config) { c.hostURL, c.hostFrom = text, "POSTHOG_HOST" }), nil
	}},
	{"POSTHOG_INSECURE_HOST", "false", "true, false", func(text string) (Option, error) {
		insecure, err := settings.Bool(text)
		return directOption(func(c *config) { c.insecure = insecure }), err
	}},
	{"POSTHOG_CAPTURE_MODE", "auto", "auto, batch, ai, v1", func(text string) (Option, error) {
		mode, err := settings.OneOf(text, string(CaptureAuto), string(CaptureBatch), string(CaptureAI), string(CaptureV1))
		return WithCaptureMode(CaptureMode(mode)), err
	}},
	{"POSTHOG_COMPRESSION", "auto", "auto, none, gzip, zstd (with capture mode v1 only)", func(text string) (Option, error) {
		compression, err := settings.OneOf(text, string(CompressionAuto), string(CompressionNone), string(CompressionGzip), string(CompressionZstd))
		return WithCompression(Compression(compression)), err
	}},
	{"POSTHOG_TIMEOUT", "10s", "duration of one request, with a unit", func(text string) (Option, error) {
		d, err := settings.Duration(text)
		return WithTimeout(d), err
	}},
	{"POSTHOG_RETRY_MAX_ELAPSED_TIME", "1m", "duration of one export with all retries, with a unit", func(text string) (Option, error) {
		d, err := settings.Duration(text)
		return directOption(func(c *config) { c.retry.MaxElapsedTime = d }), err
	}},
	{"POSTHOG_MAX_EVENT_BYTES", "that of the endpoint", "bytes, at least 16384", func(text string) (Option, error) {
		n, err := settings.AtLeast(text, minEventBytes)
		return WithMaxEventBytes(n), err
	}},
	{"POSTHOG_PROPERTIES", "none", "key=value pairs between commas; %2C is a comma in a value", func(text string) (Option, error) {
		properties, err := settings.Properties(text)
		for _, kv := range properties {
			if checkProperty(kv) != nil {
				err = checkProperty(kv)
			}
		}
		return WithProperties(properties...), err
	}},
	{"POSTHOG_CONTENT", "as OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT says, else all", "all, inputs, outputs, none", func(text string) (Option, error) {
		var content Content
		err := content.UnmarshalText([]byte(text))
		return WithContent(content), err
	}},
	{"POSTHOG_REDACTION", "binary,secrets", "further ready-made redactors between commas, such as email,phone", func(text string) (Option, error) {
		names := settings.List(text)
		for _, name := range names {
			if _, err := settings.OneOf(name, append(pii.Names(), binary)...); err != nil {
				return nil, err
			}
		}
		return WithRedaction(names...), nil
	}},
}

// NewFromEnv is [New] with the key from POSTHOG_API_KEY and options from the
// environment:
//
//	POSTHOG_API_KEY                 the project API key (phc_...), required
//	POSTHOG_HOST                    WithHost
//	POSTHOG_INSECURE_HOST           true: WithInsecureHost
//	POSTHOG_CAPTURE_MODE            WithCaptureMode
//	POSTHOG_COMPRESSION             WithCompression
//	POSTHOG_TIMEOUT                 WithTimeout, such as 10s
//	POSTHOG_RETRY_MAX_ELAPSED_TIME  MaxElapsedTime of WithRetry, such as 1m
//	POSTHOG_MAX_EVENT_BYTES         WithMaxEventBytes
//	POSTHOG_PROPERTIES              WithProperties: team=search,region=eu
//	POSTHOG_CONTENT                 WithContent: all, inputs, outputs or none
//	POSTHOG_REDACTION               WithRedaction: email,phone
//
// docs/configuration.md has the values and the defaults. White space around a
// value is ignored, and an empty variable counts as one that is not set. An option
// in opts wins over the variable for it; properties add up. A variable with an
// invalid value is an error, which names the variable, all of them in one error.
// The variables of OTLP, such as OTEL_EXPORTER_OTLP_ENDPOINT, have no effect.
func NewFromEnv(opts ...Option) (*Exporter, error) {
	fromEnv, err := envOptions(os.Getenv)
	key := os.Getenv(apiKeyVariable)
	exp, errNew := New(key, append(fromEnv, opts...)...)
	if _, bad := checkKey(key); errors.Is(bad, ErrNoAPIKey) {
		errNew = fmt.Errorf("otelposthog: %s is not set: %w", apiKeyVariable, errNew)
	} else if bad != nil {
		errNew = fmt.Errorf("otelposthog: %s: %w", apiKeyVariable, errNew)
	}
	if err := joinErrors(err, errNew); err != nil {
		return nil, err // exp holds no connection yet
	}
	return exp, nil
}

func envOptions(getenv func(string) string) ([]Option, error) {
	var opts []Option
	var errs []error
	for _, v := range variables {
		text := strings.TrimSpace(getenv(v.name))
		if text == "" {
			continue
		}
		opt, err := v.option(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("otelposthog: %s: %w", v.name, err))
			continue
		}
		opts = append(opts, opt)
	}
	return opts, joinErrors(errs...)
}
