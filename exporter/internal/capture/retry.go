package capture

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Retry says how long to wait between the attempts of a request.
type Retry struct {
	Initial, Max time.Duration
	// MaxElapsed limits all requests and waits of one Send; 0 is no limit.
	MaxElapsed time.Duration
	// Off disables further attempts.
	Off bool
}

// backOff doubles the interval and varies it randomly by half, so that many
// senders do not retry at the same time.
func (r Retry) backOff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     r.Initial,
		MaxInterval:         r.Max,
		Multiplier:          2,
		RandomizationFactor: 0.5,
	}
}

// maxRetryAfter limits Retry-After, so that a broken server cannot block the
// export.
const maxRetryAfter = 30 * time.Second

// parseRetryAfter reads a Retry-After header in seconds or as an HTTP date. It
// returns false if there is none.
func parseRetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	// If the value is out of range, seconds is the largest number.
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil || errors.Is(err, strconv.ErrRange) {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter), true
	}
	if date, err := http.ParseTime(text); err == nil {
		return min(max(date.Sub(now), 0), maxRetryAfter), true
	}
	return 0, false
}
