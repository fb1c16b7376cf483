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
type notices struct {
	mu   sync.Mutex
	told map[outcome.Reason]time.Time
}

func (n *notices) retrying(events int, f *outcome.Failure) {
	if n.due(f.Reason, time.Now()) {
		otel.Handle(fmt.Errorf("otelposthog: %d events are not stored yet (%s), trying again: %w", events, f.Reason, f.Err))
	}
}

// due is apart because the handler is foreign code, to be called without the lock.
func (n *notices) due(reason outcome.Reason, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if last, ok := n.told[reason]; ok && now.Sub(last) < noticeInterval {
		return false
	}
	if n.told == nil {
		n.told = make(map[outcome.Reason]time.Time)
	}
	n.told[reason] = now
	return true
}
