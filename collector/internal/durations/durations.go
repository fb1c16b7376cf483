// Package durations checks durations in settings.
package durations

import (
	"fmt"
	"time"
)

// Positive returns an error if a duration is zero, negative, or so short that its unit
// is missing: a bare number is nanoseconds.
func Positive(setting string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("%s must be positive", setting)
	}
	return WithUnit(setting, d)
}

// WithUnit is Positive that also takes 0 for "never" or "none".
func WithUnit(setting string, d time.Duration) error {
	switch {
	case d < 0:
		return fmt.Errorf("%s must not be negative", setting)
	case d > 0 && d < time.Millisecond:
		return fmt.Errorf("%s: %d nanoseconds are no time: write a unit, such as %ds", setting, d.Nanoseconds(), d.Nanoseconds())
	}
	return nil
}
