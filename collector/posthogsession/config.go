package posthogsession

import (
	"errors"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is what the processor can be told. The README has the settings with
// their defaults.
type Config struct {
	// Wait is how long an AI span may wait for the session and the ancestors that
	// have not come yet. 0 never waits.
	Wait time.Duration `mapstructure:"wait"`
	// Remember is how long a trace is remembered after its last span.
	Remember time.Duration `mapstructure:"remember"`
	// MaxTraces bounds the traces that are remembered.
	MaxTraces int `mapstructure:"max_traces"`
	// MaxSpans bounds the spans that are remembered, by their ids.
	MaxSpans int `mapstructure:"max_spans"`
	// MaxWaitingBytes bounds the AI spans that wait.
	MaxWaitingBytes int `mapstructure:"max_waiting_bytes"`
	// MendParents puts AI spans below the nearest AI span.
	MendParents bool `mapstructure:"mend_parents"`
	// Session names further attributes that hold the browser session. They come
	// before the usual ones.
	Session []string `mapstructure:"session"`
}

var _ component.Config = (*Config)(nil)

func createDefaultConfig() component.Config {
	return &Config{
		Wait:            10 * time.Second,
		Remember:        5 * time.Minute,
		MaxTraces:       10_000,
		MaxSpans:        200_000,
		MaxWaitingBytes: 64 << 20,
		MendParents:     true,
	}
}

// Validate returns everything that is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	if c.Wait < 0 {
		errs = append(errs, errors.New("wait must not be negative"))
	}
	if c.Remember <= 0 {
		errs = append(errs, errors.New("remember must be positive"))
	}
	if c.MaxTraces <= 0 || c.MaxSpans <= 0 || c.MaxWaitingBytes <= 0 {
		errs = append(errs, errors.New("max_traces, max_spans and max_waiting_bytes must be positive"))
	}
	if slices.Contains(c.Session, "") {
		errs = append(errs, errors.New("session: an attribute has no name"))
	}
	return errors.Join(errs...)
}
