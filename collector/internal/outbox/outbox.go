// Package outbox hands on spans that waited in a component. The requests that
// brought them were answered long before, so what the next component does not
// take cannot be given back to anybody.
package outbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"
)

// tick is how often the end of waiting is looked for.
const tick = 200 * time.Millisecond

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

	begin, end sync.Once
	stop, done chan struct{}
	cancel     context.CancelFunc // ends what run sends

	mu     sync.Mutex
	failed []*Group
	ended  bool
}

// Start hands on, until Stop, what due returns as its time comes, and tries again
// what the next component did not take. Only the first call counts.
func (b *Box) Start(due func(now time.Time) []*Group) {
	b.begin.Do(func() {
		b.stop, b.done = make(chan struct{}), make(chan struct{})
		var ctx context.Context
		ctx, b.cancel = context.WithCancel(context.Background())
		go b.run(ctx, due)
	})
}

func (b *Box) run(ctx context.Context, due func(time.Time) []*Group) {
	defer close(b.done)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-b.stop:
			return
		case now := <-ticker.C:
			_ = b.send(ctx, append(b.takeFailed(), due(now)...)) // It is logged and counted.
		}
	}
}

// Stop hands on what is left, and what rest returns, for the last time: what is
// not taken then, or afterwards, is lost. Only the first call counts, with or
// without a Start.
func (b *Box) Stop(ctx context.Context, rest func() []*Group) (err error) {
	b.end.Do(func() {
		b.begin.Do(func() {}) // No Start after this.
		if b.stop != nil {
			close(b.stop)
			defer b.cancel()
			defer context.AfterFunc(ctx, b.cancel)() // What hangs ends with ctx.
			<-b.done
		}
		b.mu.Lock()
		b.ended = true
		b.mu.Unlock()
		err = b.send(ctx, append(b.takeFailed(), rest()...))
	})
	return err
}

// Send hands groups on. What the next component does not take for now is kept
// for another time, within the bound.
func (b *Box) Send(groups []*Group) {
	_ = b.send(context.Background(), groups) // It is logged and counted.
}

// send returns the errors about what is lost.
func (b *Box) send(ctx context.Context, groups []*Group) error {
	var errs []error
	for _, g := range merge(groups, b.MaxBytes) {
		err := b.Next.ConsumeTraces(client.NewContext(ctx, g.Info), g.Traces)
		if err == nil || !consumererror.IsPermanent(err) && b.keep(g) {
			continue
		}
		n := g.Traces.SpanCount()
		b.Lost(n)
		b.Logger.Error("Spans are lost: the next component did not take them.", zap.Int("spans", n), zap.Error(err))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (b *Box) takeFailed() []*Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := b.failed
	b.failed = nil
	return failed
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
