package exporter

import (
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// noticeInterval is the minimum time between two notices for one reason.
const noticeInterval = time.Minute

// notices report to otel.Handle why an export is being retried, because its
// error comes only after the last attempt. A later success is silent. Losses
// are returned to the caller as an error, who reports them.
type notices struct{ rare rare[outcome.Reason] }

func (n *notices) retrying(events int, f *outcome.Failure) {
	if n.rare.due(f.Reason, time.Now()) {
		otel.Handle(fmt.Errorf("otelposthog: %d events are not stored yet (%s), trying again: %w", events, f.Reason, f.Err))
	}
}

// callbackNotices report to otel.Handle that a user's function fails. No export
// returns that, because it loses no event.
type callbackNotices struct{ rare rare[call] }

// callbacks names the options that set the user's functions.
var callbacks = map[string]string{
	"content": "WithContentFunc", "distinct_id": "WithDistinctID", "redactor": "WithRedactor", "before_send": "WithBeforeSend",
}

func (n *callbackNotices) tell(b *asides) {
	for c, times := range b.failed {
		if n.rare.due(c, time.Now()) {
			otel.Handle(fmt.Errorf("otelposthog: %d calls of the function of %s failed (%s): what they were asked about does not leave",
				times, callbacks[c.function], c.reason))
		}
	}
}

// rare lets each fact be reported once within noticeInterval.
type rare[K comparable] struct {
	mu   sync.Mutex
	told map[K]time.Time
}

// due is separate because the handler is foreign code and must be called
// without the lock.
func (r *rare[K]) due(fact K, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, ok := r.told[fact]; ok && now.Sub(last) < noticeInterval {
		return false
	}
	if r.told == nil {
		r.told = make(map[K]time.Time)
	}
	r.told[fact] = now
	return true
}
