package exporter

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/semconv"
)

const (
	defaultHost    = "https://us.i.posthog.com"
	defaultTimeout = 10 * time.Second
	// minEventBytes leaves room for what is never cut from an event.
	minEventBytes = 16 << 10
)

var defaultRetry = RetryConfig{
	InitialInterval: 500 * time.Millisecond,
	MaxInterval:     10 * time.Second,
	MaxElapsedTime:  time.Minute,
}

// wayOut is the constructor that an exporter is made with.
type wayOut string

const (
	direct    wayOut = "New"
	viaClient wayOut = "NewWithClient"
	toWriter  wayOut = "NewWriter"
)

type config struct {
	wayOut wayOut
	errs   []error

	hostURL          string
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
}

// newConfig applies the options over the defaults. It returns all that is wrong
// with them.
func newConfig(way wayOut, opts []Option) (config, error) {
	c := config{
		wayOut:      way,
		hostURL:     defaultHost,
		mode:        CaptureAuto,
		compression: CompressionAuto,
		timeout:     defaultTimeout,
		retry:       defaultRetry,
	}
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&c)
		}
	}
	c.check()
	return c, joinErrors(c.errs...)
}

// accepts notes an error for an option that the way out has no use for.
func (c *config) accepts(o option) bool {
	if o.fits == nil || slices.Contains(o.fits, c.wayOut) {
		return true
	}
	c.errorf("%s has no effect with %s: leave it out", o.name, c.wayOut)
	return false
}

func (c *config) errorf(format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("otelposthog: "+format, args...))
}

func (c *config) check() {
	c.checkHost()
	c.checkCapture()
	c.checkRetry()
	if c.maxEventBytesSet && c.maxEventBytes < minEventBytes {
		c.errorf("WithMaxEventBytes(%d): the least is %d", c.maxEventBytes, minEventBytes)
	}
	if c.filterSet && c.convert.IsAI == nil {
		c.errorf("WithSpanFilter(nil): leave it out for the default")
	}
	c.properties = slices.Clone(c.properties)
	for _, kv := range c.properties {
		switch {
		case kv.Key == "":
			c.errorf("WithProperties: a property has no key")
		case kv.Key == semconv.SessionIDKey:
			c.errorf("WithProperties: %s cannot be the same for all events", kv.Key)
		case kv.Value.Type() == attribute.EMPTY:
			c.errorf("WithProperties: %s has no value", kv.Key)
		}
	}
}

func (c *config) checkHost() {
	var err error
	if c.host, err = parseHost(c.hostURL, c.insecure); err != nil {
		c.errs = append(c.errs, err)
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
		c.errorf("WithCompression(zstd) needs WithCaptureMode(CaptureV1)")
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
		{"MaxElapsedTime", &c.retry.MaxElapsedTime, defaultRetry.MaxElapsedTime},
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
	if c.withoutRetry {
		c.retry.MaxElapsedTime = 0
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

func checkClient(client posthog.EnqueueClient) error {
	if nilcheck.IsNil(client) {
		return errors.New("otelposthog: NewWithClient needs a posthog-go client, not nil")
	}
	return nil
}

func checkWriter(w io.Writer) error {
	if nilcheck.IsNil(w) {
		return errors.New("otelposthog: NewWriter needs a writer, not nil")
	}
	return nil
}
