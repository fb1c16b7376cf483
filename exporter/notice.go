package exporter

import (
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
)

// noticeInterval is how often one reason is told at most.
const noticeInterval = time.Minute

// notices tell otel.Handle what an export is still waiting out, because its
// error comes only after the last attempt. A success that follows is silent.
// What an export loses is for its caller to tell, who has the error.
type notices struct{ rare rare[outcome.Reason] }

func (n *notices) retrying(events int, f *outcome.Failure) {
	if n.rare.due(f.Reason, time.Now()) {
		otel.Handle(fmt.Errorf("otelposthog: %d events are not stored yet (%s), trying again: %w", events, f.Reason, f.Err))
	}
}

// callbackNotices tell otel.Handle that functions of the user fail. No export
// returns that, because no event is lost by it.
type callbackNotices struct{ rare rare[call] }

// callbacks names the options that set the functions of the user.
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

// rare lets each of some facts be told once within noticeInterval.
type rare[K comparable] struct {
	mu   sync.Mutex
	told map[K]time.Time
}

// due is apart because the handler is foreign code, to be called without the lock.
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
