// Package outbox hands on spans that waited in a component. The requests that
// brought them were answered long before, so what the next component does not
// take cannot be given back to anybody.
package outbox

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

// Group is spans that came in one request, and about how many bytes they are.
type Group struct {
	Info   client.Info
	Traces ptrace.Traces
	Size   int
}

// Box is the way out of a component for spans that waited.
type Box struct {
	Next     consumer.Traces
	Logger   *zap.Logger
	MaxBytes int             // of what is kept for another time
	Lost     func(spans int) // counts what is given up

	mu     sync.Mutex
	failed []*Group
	ended  bool
}

// Failed takes out what the next component did not take before.
func (b *Box) Failed() []*Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := b.failed
	b.failed = nil
	return failed
}

// Send hands groups on. What the next component does not take for now is kept
// for the next time, within the bound, unless this is the last: then, and
// afterwards, it is lost.
func (b *Box) Send(ctx context.Context, groups []*Group, last bool) error {
	if last {
		b.mu.Lock()
		b.ended = true
		b.mu.Unlock()
	}
	var errs []error
	for _, g := range merge(groups, b.MaxBytes) {
		err := b.Next.ConsumeTraces(client.NewContext(ctx, g.Info), g.Traces)
		switch {
		case err == nil:
		case !consumererror.IsPermanent(err) && b.keep(g):
		default:
			n := g.Traces.SpanCount()
			b.Lost(n)
			b.Logger.Error("Spans are lost: the next component did not take them.", zap.Int("spans", n), zap.Error(err))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (b *Box) keep(g *Group) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	size := g.Size
	for _, other := range b.failed {
		size += other.Size
	}
	if size > b.MaxBytes {
		return false
	}
	b.failed = append(b.failed, g)
	return true
}

// merge makes one group of those whose requests told nothing about themselves, so
// that the exporter sees the spans of a trace together and there are few batches.
// None outgrows the bound by it: it could not be kept then.
func merge(groups []*Group, maxBytes int) []*Group {
	var merged []*Group
	var plain *Group
	for _, g := range groups {
		switch {
		case told(g.Info):
			merged = append(merged, g)
		case plain == nil, plain.Size+g.Size > maxBytes:
			plain = g
			merged = append(merged, g)
		default:
			g.Traces.ResourceSpans().MoveAndAppendTo(plain.Traces.ResourceSpans())
			plain.Size += g.Size
		}
	}
	return merged
}

func told(info client.Info) bool {
	for range info.Metadata.Keys() {
		return true
	}
	return info.Auth != nil
}
