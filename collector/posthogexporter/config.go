package posthogexporter

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configcompression"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelposthog/otelposthog-go/collector/internal/durations"
	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// Config is what the exporter can be told. The README has the settings with
// their defaults.
type Config struct {
	// ClientConfig has the endpoint, https://us.i.posthog.com by default, the
	// timeout of a request, 30 s by default, and the usual settings for TLS,
	// proxy, headers and authentication. An empty compression fits the capture
	// mode.
	ClientConfig confighttp.ClientConfig `mapstructure:",squash"`
	// QueueConfig is the queue in front of the exporter, on by default.
	QueueConfig configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// RetryConfig says how long what may still be stored is tried again.
	RetryConfig configretry.BackOffConfig `mapstructure:"retry_on_failure"`

	// RetryAlso lists reasons for which PostHog refuses events that are tried again
	// as RetryConfig says, where they are lost otherwise: unauthorized, rate_limited,
	// over_quota.
	RetryAlso []string `mapstructure:"retry_also"`

	// APIKey is the project API key (phc_...).
	APIKey configopaque.String `mapstructure:"api_key"`
	// Capture selects the endpoint of the capture API: auto, which is the default,
	// batch, ai or v1.
	Capture posthog.CaptureMode `mapstructure:"capture"`
	// PrivacyConfig says what leaves the Collector.
	PrivacyConfig `mapstructure:",squash"`
	// MaxEventBytes lowers the size to which larger events are shrunk; 0 is the
	// limit of the endpoint.
	MaxEventBytes int `mapstructure:"max_event_bytes"`
	// Properties are added to every event that does not have them.
	Properties map[string]any `mapstructure:"properties"`
	// Session names the attributes that hold the browser session, in order. They
	// come before $session_id, posthog.session_id and session.id.
	Session []string `mapstructure:"session"`
	// Tenants sends the spans of each tenant to a project of its own.
	Tenants TenantsConfig `mapstructure:"tenants"`
	// DeadLetter keeps what PostHog refuses for good.
	DeadLetter DeadLetterConfig `mapstructure:"dead_letter"`
	// ShutdownTimeout bounds the time that a shutdown takes, 20 s by default.
	ShutdownTimeout time.Duration `mapstructure:"shutdown_timeout"`
}

var _ component.Config = (*Config)(nil)

// Validate returns everything that is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	if c.APIKey == "" && !c.Tenants.enabled() {
		errs = append(errs, errors.New("api_key is missing: set it to the project API key (phc_...); if it is ${env:POSTHOG_API_KEY}, that variable is not set"))
	}
	if _, err := url.Parse(c.ClientConfig.ProxyURL); err != nil {
		errs = append(errs, errors.New("proxy_url: not a URL: write it like http://proxy.example.com:3128")) // It can hold a password.
	}
	if slices.Contains(c.Session, "") {
		errs = append(errs, errors.New("session: an attribute has no name"))
	}
	for _, reason := range c.RetryAlso {
		if !slices.Contains(mayRetry, reason) {
			errs = append(errs, fmt.Errorf("retry_also: want %s, not %q", strings.Join(mayRetry, ", "), reason))
		}
	}
	errs = append(errs, c.validateTimes(), c.DeadLetter.validate(), c.validateQueue(), c.Tenants.validate(c.APIKey != ""))
	options, err := c.options()
	errs = append(errs, err)
	if errors.Join(errs...) == nil {
		errs = append(errs, c.tryKeys(options))
	}
	return errors.Join(errs...)
}

// validateTimes finds times that are none, and numbers without a unit, which are
// nanoseconds.
func (c *Config) validateTimes() error {
	var errs []error
	for _, setting := range []struct {
		name  string
		value time.Duration
	}{{"timeout", c.ClientConfig.Timeout}, {"shutdown_timeout", c.ShutdownTimeout}} {
		errs = append(errs, durations.Positive(setting.name, setting.value))
	}
	if c.Tenants.enabled() {
		errs = append(errs, durations.Positive("tenants::refused_for", c.Tenants.RefusedFor))
	}
	return errors.Join(errs...)
}

// mayRetry lists the reasons that retry_also can name: the sender or the owner of the
// project can end them, and the spans are as good as before.
var mayRetry = []string{"unauthorized", "rate_limited", "over_quota"}

// minQueueBytes is less than any useful queue: it is a number of requests that somebody
// took for the unit.
const minQueueBytes = 1_000_000

// validateQueue refuses settings by which the queue drops what it took, or takes
// nothing.
func (c *Config) validateQueue() error {
	if !c.QueueConfig.HasValue() {
		return nil
	}
	queue := c.QueueConfig.Get()
	var errs []error
	if queue.Sizer == exporterhelper.RequestSizerTypeBytes && queue.QueueSize < minQueueBytes {
		errs = append(errs, fmt.Errorf("sending_queue::queue_size: %d bytes hold not even one large request; the unit here is bytes unless sending_queue::sizer is requests or items", queue.QueueSize))
	}
	if queue.Batch.HasValue() && queue.Batch.Get().Sizer == exporterhelper.RequestSizerTypeBytes && queue.Batch.Get().MaxSize > 0 {
		errs = append(errs, errors.New("sending_queue::batch::max_size: in bytes, the queue drops each span that is larger, after its sender was told that it arrived; leave it out (requests to PostHog are cut anyway), or set batch::sizer: items"))
	}
	if !c.Tenants.enabled() {
		return errors.Join(errs...)
	}
	if queue.Sizer != exporterhelper.RequestSizerTypeBytes || queue.Batch.HasValue() && queue.Batch.Get().Sizer != exporterhelper.RequestSizerTypeBytes {
		errs = append(errs, errors.New("sending_queue::sizer: with tenants, queues and batches are measured in bytes only"))
	}
	if queue.NumConsumers < minConsumers {
		errs = append(errs, fmt.Errorf("sending_queue::num_consumers: with tenants, at least %d: one that hangs must leave some to the others", minConsumers))
	}
	return errors.Join(errs...)
}

// minConsumers leaves a worker to each kind of tenant: those that work, those that
// fail, and those of which nothing is known.
const minConsumers = 4

// tryKeys makes exporters, which checks keys and options and sends nothing.
func (c *Config) tryKeys(options []posthog.Option) error {
	keys := c.Tenants.Keys
	if c.APIKey != "" {
		keys = map[string]configopaque.String{"": c.APIKey}
		maps.Copy(keys, c.Tenants.Keys)
	}
	if len(keys) == 0 { // Those that come with the spans are tried then.
		keys = map[string]configopaque.String{"": "phc_any"}
	}
	for _, tenant := range slices.Sorted(maps.Keys(keys)) {
		err := checkPlaceholder(string(keys[tenant]))
		if err == nil {
			_, err = posthog.New(string(keys[tenant]), options...)
		}
		switch {
		case err == nil:
		case tenant == "":
			return inSettings(err)
		default:
			return fmt.Errorf("tenants: the key of %s: %w", tenant, inSettings(err))
		}
	}
	return nil
}

// checkPlaceholder finds what examples write in the place of a key.
func checkPlaceholder(key string) error {
	lower := strings.ToLower(strings.TrimPrefix(strings.TrimSpace(key), "phc_"))
	if strings.ContainsAny(lower, "<>{}[]") || strings.Contains(lower, "...") || strings.HasPrefix(lower, "your") || lower == "changeme" {
		return errors.New("api_key is the placeholder of an example: set it to the project API key (phc_...) from PostHog's project settings")
	}
	return nil
}

var settingNames = strings.NewReplacer(
	"otelposthog: ", "",
	"no API key: give New the", "api_key is blank: set it to the",
	"WithHost", "endpoint",
	"WithInsecureHost", "tls::insecure",
	"WithCaptureMode", "capture",
	"WithCompression", "compression",
	"CaptureV1", "v1",
	"WithMaxEventBytes", "max_event_bytes",
	"WithProperties", "properties",
	"WithAllowedProperties", "allowed_properties",
	"WithoutRedaction", "without_redaction",
	"WithRedaction", "redaction",
	"WithGroups", "groups",
	"WithDistinctID", "posthog.distinct_id of the spans",
	"WithTimeout", "timeout",
	"MaxElapsedTime of WithRetry", "1 min, or timeout where that is longer",
	"HTTPS_PROXY, or that of WithHTTPClient", "proxy_url, or HTTPS_PROXY",
	"by WithHTTPClient", "by tls::ca_file",
)

// inSettings makes an error about options speak of the settings that they are.
func inSettings(err error) error {
	if err == nil {
		return nil
	}
	return settingsError{err}
}

type settingsError struct{ error }

func (e settingsError) Error() string { return settingNames.Replace(e.error.Error()) }

func (e settingsError) Unwrap() error { return e.error }

// options returns the settings as those of the exporter. They check themselves.
func (c *Config) options() ([]posthog.Option, error) {
	compression, err := c.compression()
	if err != nil {
		return nil, err
	}
	properties := pcommon.NewMap()
	if err := properties.FromRaw(c.Properties); err != nil {
		return nil, fmt.Errorf("properties: %w", err)
	}
	options := []posthog.Option{
		posthog.WithHost(c.ClientConfig.Endpoint),
		posthog.WithTimeout(c.ClientConfig.Timeout),
		posthog.WithoutRetry(), // retry_on_failure does it, and the queue knows.
		posthog.WithCaptureMode(c.Capture),
		posthog.WithCompression(compression),
		posthog.WithProperties(spans.Attributes(properties)...),
		posthog.WithFilter(spans.IsAI),
	}
	if c.ClientConfig.TLS.Insecure {
		options = append(options, posthog.WithInsecureHost())
	}
	private, err := c.PrivacyConfig.options()
	if err != nil {
		return nil, err
	}
	for _, option := range private {
		options = append(options, option)
	}
	if c.MaxEventBytes != 0 {
		options = append(options, posthog.WithMaxEventBytes(c.MaxEventBytes))
	}
	return options, nil
}

// compression is done by the exporter, which knows what the endpoint takes.
func (c *Config) compression() (posthog.Compression, error) {
	switch c.ClientConfig.Compression {
	case "":
		return posthog.CompressionAuto, nil
	case "none":
		return posthog.CompressionNone, nil
	case configcompression.TypeGzip:
		return posthog.CompressionGzip, nil
	case configcompression.TypeZstd:
		return posthog.CompressionZstd, nil
	}
	return "", fmt.Errorf("compression: PostHog does not take %q: use gzip, none or, with capture v1, zstd", c.ClientConfig.Compression)
}
