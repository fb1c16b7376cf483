package posthogsession

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/otelposthog/otelposthog-go/collector/internal/durations"
)

// Config is what the processor can be told. The README has the settings with
// their defaults.
type Config struct {
	// Wait is how long an AI span may wait for the session and the ancestors that
	// have not come yet. 0 never waits.
	Wait time.Duration `mapstructure:"wait"`
	// Remember is how long a trace is remembered after its last span.
	Remember time.Duration `mapstructure:"remember"`
	// MaxRememberedBytes bounds what is remembered of traces. Those without AI spans are
	// forgotten first.
	MaxRememberedBytes int `mapstructure:"max_remembered_bytes"`
	// MaxWaitingBytes bounds the AI spans that wait. Beyond it, requests with AI spans
	// are refused, for the sender to send again.
	MaxWaitingBytes int `mapstructure:"max_waiting_bytes"`
	// KeepOpen makes each request wait as long as its spans do, for sources that
	// acknowledge afterwards, such as Kafka: nothing that was acknowledged is lost then.
	KeepOpen bool `mapstructure:"keep_open"`
	// MendParents puts AI spans below the nearest AI span.
	MendParents bool `mapstructure:"mend_parents"`
	// Session names further attributes that hold the browser session. They come
	// before the usual ones.
	Session []string `mapstructure:"session"`
}

var _ component.Config = (*Config)(nil)

// minBytes is less than any useful bound.
const minBytes = 1_000_000

func createDefaultConfig() component.Config {
	return &Config{
		Wait:               10 * time.Second,
		Remember:           5 * time.Minute,
		MaxRememberedBytes: 128 << 20,
		MaxWaitingBytes:    256 << 20,
		MendParents:        true,
	}
}

// Validate returns everything that is wrong with the settings.
func (c *Config) Validate() error {
	var errs []error
	errs = append(errs, durations.WithUnit("wait", c.Wait), durations.Positive("remember", c.Remember))
	if c.MaxRememberedBytes < minBytes || c.MaxWaitingBytes < minBytes {
		errs = append(errs, fmt.Errorf("max_remembered_bytes and max_waiting_bytes must be at least %d: the unit is bytes", minBytes))
	}
	if c.KeepOpen && c.Wait == 0 {
		errs = append(errs, errors.New("keep_open has no effect with wait: 0s: nothing waits"))
	}
	if slices.Contains(c.Session, "") {
		errs = append(errs, errors.New("session: an attribute has no name"))
	}
	return errors.Join(errs...)
}
