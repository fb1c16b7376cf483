package exporter

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
)

const (
	defaultHost    = "https://us.i.posthog.com"
	defaultTimeout = 10 * time.Second
	// minEventBytes leaves room for the properties that are never cut.
	minEventBytes = 16 << 10
)

var defaultRetry = RetryConfig{
	InitialInterval: 500 * time.Millisecond,
	MaxInterval:     10 * time.Second,
	MaxElapsedTime:  time.Minute,
}

type config struct {
	direct bool // to the capture API
	errs   []error

	hostURL          string
	hostFrom         string // what set it, for errors
	host             host
	insecure         bool
	mode             CaptureMode
	compression      Compression
	httpClient       *http.Client
	httpClientSet    bool
	timeout          time.Duration
	retry            RetryConfig
	withoutRetry     bool
	maxEventBytes    int
	maxEventBytesSet bool
	meterProvider    metric.MeterProvider
	properties       []attribute.KeyValue
	convert          convert.Options
	filterSet        bool
	privacyConfig
}

func newConfig() config {
	return config{
		hostURL:     defaultHost,
		hostFrom:    "WithHost",
		mode:        CaptureAuto,
		compression: CompressionAuto,
		timeout:     defaultTimeout,

		privacyConfig: privacyConfig{redaction: defaultRedaction()},
	}
}

func (c *config) errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("otelposthog: "+format, args...))
}

// check returns all errors in the options.
func (c *config) check() error {
	c.checkHost()
	c.checkCapture()
	c.checkRetry()
	c.checkPrivacy()
	if c.maxEventBytesSet && c.maxEventBytes < minEventBytes {
		c.errorf("WithMaxEventBytes(%d): the least is %d", c.maxEventBytes, minEventBytes)
	}
	if c.filterSet && c.convert.IsAI == nil {
		c.errorf("WithFilter(nil): leave it out for the default")
	}
	c.properties = slices.Clone(c.properties)
	for _, kv := range c.properties {
		if err := checkProperty(kv); err != nil {
			c.errorf("WithProperties: %w", err)
		}
	}
	return joinErrors(c.errs...)
}

func checkProperty(kv attribute.KeyValue) error {
	switch {
	case kv.Key == "":
		return errors.New("a property has no key")
	case reserved[kv.Key] != "":
		return fmt.Errorf("%s is reserved: %s", kv.Key, reserved[kv.Key])
	case kv.Value.Type() == attribute.EMPTY:
		return fmt.Errorf("%s has no value", kv.Key)
	}
	return nil
}

func (c *config) checkHost() {
	var err error
	if c.host, err = parseHost(c.hostURL, c.insecure); err != nil {
		c.errorf("%s: %w", c.hostFrom, err)
	}
}

func (c *config) checkCapture() {
	if !slices.Contains([]CaptureMode{CaptureAuto, CaptureBatch, CaptureAI, CaptureV1}, c.mode) {
		c.errorf("WithCaptureMode(%q): want auto, batch, ai or v1", c.mode)
	}
	if !slices.Contains([]Compression{CompressionAuto, CompressionNone, CompressionGzip, CompressionZstd}, c.compression) {
		c.errorf("WithCompression(%q): want auto, none, gzip or zstd", c.compression)
	}
	if c.compression == CompressionZstd && c.mode != CaptureV1 {
		c.errorf("WithCompression(zstd) needs WithCaptureMode(CaptureV1), and POSTHOG_COMPRESSION=zstd needs POSTHOG_CAPTURE_MODE=v1")
	}
	if c.host.user != nil && c.mode == CaptureV1 {
		c.errorf("WithHost: user and password do not go together with CaptureV1, which needs the Authorization header for the API key")
	}
	if c.httpClientSet && c.httpClient == nil {
		c.errorf("WithHTTPClient(nil): leave it out for the default")
	}
	if c.timeout <= 0 {
		c.errorf("WithTimeout(%v): must be positive", c.timeout)
	}
}

func (c *config) checkRetry() {
	for _, field := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"InitialInterval", &c.retry.InitialInterval, defaultRetry.InitialInterval},
		{"MaxInterval", &c.retry.MaxInterval, defaultRetry.MaxInterval},
		{"MaxElapsedTime", &c.retry.MaxElapsedTime, max(defaultRetry.MaxElapsedTime, c.timeout)},
	} {
		if *field.value < 0 {
			c.errorf("WithRetry: %s must not be negative", field.name)
		}
		if *field.value == 0 {
			*field.value = field.def
		}
	}
	if c.retry.MaxInterval < c.retry.InitialInterval {
		c.errorf("WithRetry: MaxInterval %v is less than InitialInterval %v", c.retry.MaxInterval, c.retry.InitialInterval)
	}
}

// checkKey never repeats the key.
func checkKey(key string) (string, error) {
	key = strings.TrimSpace(key)
	switch {
	case key == "":
		return "", ErrNoAPIKey
	case strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || r == ' ' }):
		return "", errors.New("otelposthog: the API key holds characters that no key has: copy it again from PostHog's project settings")
	case strings.HasPrefix(key, "phx_"), strings.HasPrefix(key, "phs_"):
		return "", fmt.Errorf("otelposthog: a key that begins with %s is not for capture: use the project API key (phc_...)", key[:4])
	}
	return key, nil
}
