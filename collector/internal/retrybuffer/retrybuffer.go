// Package retrybuffer hands on spans that waited in a component. The requests that
// brought them were answered long before, so what the next component does not take is
// kept here and offered again.
package retrybuffer

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

const (
	// tick is how often the end of waiting is looked for.
	tick = 200 * time.Millisecond
	// maxGroup is how many bytes of different requests are put together: every queue
	// takes so much.
	maxGroup = 1 << 20
	// lastTries is how long a shutdown offers what the next component does not take.
	lastTries = 5 * time.Second
)

// Group is spans that came in one request, and about how many bytes they are.
type Group struct {
	Info   client.Info
	Traces ptrace.Traces
	Size   int
	// Done, if there are any, are told the result, and nothing is kept for another time.
	Done []func(error)
}

// Buffer is the way out of a component for spans that waited.
type Buffer struct {
	Next     consumer.Traces
	Logger   *zap.Logger
	MaxBytes int             // of what is kept for another time
	Lost     func(spans int) // counts what is given up

	begin, end sync.Once
	stop, done chan struct{}
	cancel     context.CancelFunc // ends what run sends

	mu     sync.Mutex
	failed []*Group
	bytes  int // of failed
	ended  bool
}

// Bytes returns how much is kept for another time.
func (b *Buffer) Bytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// Start hands on, until Stop, what due returns as its time comes, and tries again
// what the next component did not take. Only the first call counts.
func (b *Buffer) Start(due func(now time.Time) []*Group) {
	b.begin.Do(func() {
		b.stop, b.done = make(chan struct{}), make(chan struct{})
		var ctx context.Context
		ctx, b.cancel = context.WithCancel(context.Background())
		go b.run(ctx, due)
	})
}

func (b *Buffer) run(ctx context.Context, due func(time.Time) []*Group) {
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

// Stop hands on what is left, and what rest returns. It tries for some seconds: what is
// not taken then, or afterwards, is lost. Only the first call counts, with or without a
// Start.
func (b *Buffer) Stop(ctx context.Context, rest func() []*Group) (err error) {
	b.end.Do(func() {
		b.begin.Do(func() {}) // No Start after this.
		if b.stop != nil {
			close(b.stop)
			defer b.cancel()
			defer context.AfterFunc(ctx, b.cancel)() // What hangs ends with ctx.
			<-b.done
		}
		groups := rest()
		for end := time.Now().Add(lastTries); ; {
			err = errors.Join(err, b.send(ctx, append(b.takeFailed(), groups...)))
			if groups = nil; b.Bytes() == 0 || !time.Now().Before(end) || ctx.Err() != nil {
				break
			}
			time.Sleep(tick)
		}
		b.mu.Lock()
		b.ended = true
		b.mu.Unlock()
		err = errors.Join(err, b.send(ctx, b.takeFailed()))
	})
	return err
}

// Send hands groups on. What the next component does not take for now is kept
// for another time, within the bound.
func (b *Buffer) Send(ctx context.Context, groups []*Group) {
	_ = b.send(ctx, groups) // It is logged and counted.
}

// send returns the errors about what is lost.
func (b *Buffer) send(ctx context.Context, groups []*Group) error {
	var errs []error
	for _, g := range merge(groups) {
		err := b.Next.ConsumeTraces(client.NewContext(ctx, g.Info), g.Traces)
		if len(g.Done) > 0 {
			for _, done := range g.Done {
				done(err)
			}
			continue
		}
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

func (b *Buffer) takeFailed() []*Group {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := b.failed
	b.failed, b.bytes = nil, 0
	return failed
}

func (b *Buffer) keep(g *Group) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended || b.bytes+g.Size > b.MaxBytes && b.bytes > 0 {
		return false
	}
	b.bytes += g.Size
	b.failed = append(b.failed, g)
	return true
}

// merge makes few groups of those whose requests told nothing about themselves, so
// that the exporter sees the spans of a trace together and there are few batches.
func merge(groups []*Group) []*Group {
	var merged []*Group
	var plain *Group
	for _, g := range groups {
		switch {
		case told(g.Info):
			merged = append(merged, g)
		case plain == nil, plain.Size+g.Size > maxGroup, (len(plain.Done) > 0) != (len(g.Done) > 0):
			plain = g
			merged = append(merged, g)
		default:
			g.Traces.ResourceSpans().MoveAndAppendTo(plain.Traces.ResourceSpans())
			plain.Size += g.Size
			plain.Done = append(plain.Done, g.Done...)
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
