package log

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdklog "go.opentelemetry.io/otel/sdk/log"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// Processor stamps the session of the context on log records. It exports nothing:
// it stands before the processors that do. The zero value works.
type Processor struct{}

var _ sdklog.Processor = (*Processor)(nil)

// NewProcessor returns a Processor. Register it first: processors that come before
// it see the records without the session.
func NewProcessor() *Processor { return &Processor{} }

// OnEmit stamps the session that baggage.SessionFromContext finds. What a record
// says about its session by itself stays, and a session that it names excludes the
// window of another one. A record without a session in its context is left alone.
func (*Processor) OnEmit(ctx context.Context, r *sdklog.Record) error {
	if r == nil {
		return nil
	}
	s, ok := baggage.SessionFromContext(ctx)
	if !ok {
		return nil
	}
	said := read(r)
	if said.id != "" && said.id != s.ID {
		s.ID, s.WindowID = "", ""
	}
	var room [3]attribute.KeyValue
	stamp := room[:0]
	if s.ID != "" && said.id == "" {
		stamp = append(stamp, session.IDKey.String(s.ID))
	}
	if s.WindowID != "" && !said.window {
		stamp = append(stamp, session.WindowIDKey.String(s.WindowID))
	}
	if s.DistinctID != "" && !said.person {
		stamp = append(stamp, session.DistinctIDKey.String(s.DistinctID))
	}
	if len(stamp) > 0 {
		r.AddAttributes(stamp...)
	}
	return nil
}

// said is what a record says by itself.
type said struct {
	id             string
	window, person bool
}

func read(r *sdklog.Record) (s said) {
	r.WalkAttributes(func(kv attribute.KeyValue) bool {
		switch kv.Key {
		case session.IDKey, session.PostHogIDKey, session.CamelIDKey, session.NodeIDKey:
			s.id = kv.Value.AsString()
		case session.WindowIDKey, session.PostHogWindowIDKey:
			s.window = true
		case session.DistinctIDKey, session.CamelDistinctIDKey:
			s.person = true
		}
		return true
	})
	return s
}

// Enabled returns false: that a record would be stamped is no reason to make it. The
// SDK makes it when another processor wants it.
func (*Processor) Enabled(context.Context, sdklog.EnabledParameters) bool { return false }

// Shutdown does nothing.
func (*Processor) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing.
func (*Processor) ForceFlush(context.Context) error { return nil }
