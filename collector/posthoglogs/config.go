package posthoglogs

import (
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/otelposthog/otelposthog-go/collector/internal/durations"
)

// Config is what the connector can be told. The README has the settings with
// their defaults.
type Config struct {
	// Wait is how long the span of an LLM call without content waits for it.
	Wait time.Duration `mapstructure:"wait"`
	// Remember is how long content waits for the span of its call.
	Remember time.Duration `mapstructure:"remember"`
	// MaxWaitingBytes bounds spans and content that wait.
	MaxWaitingBytes int `mapstructure:"max_waiting_bytes"`
}

var _ component.Config = (*Config)(nil)

func createDefaultConfig() component.Config {
	return &Config{
		Wait:            10 * time.Second,
		Remember:        5 * time.Minute,
		MaxWaitingBytes: 64 << 20,
	}
}

// Validate returns everything that is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	errs = append(errs, durations.Positive("wait", c.Wait), durations.Positive("remember", c.Remember))
	if c.MaxWaitingBytes <= 0 {
		errs = append(errs, errors.New("max_waiting_bytes must be positive"))
	}
	return errors.Join(errs...)
}
