package processor

import (
	"context"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// how says which spans are to be forwarded.
type how uint8

const (
	keep    how = iota
	handDue     // spans whose hold is over
	handAll
)

const (
	// maxInline is how many spans OnEnd forwards itself. It is far below the
	// default queue size of a batch processor, 2,048.
	maxInline = 256
	// chunk is how many spans are forwarded before the next processor is
	// flushed.
	chunk = 512
	// maxHeldBytes limits the estimated size of the held spans.
	maxHeldBytes = 64 << 20
)

// hold keeps a span that has ended, and returns which spans are now to be
// forwarded.
func (p *Processor) hold(t *localTrace, i int32, s sdktrace.ReadOnlySpan) how {
	bytes := sizeOfSpan(s)
	held, total := p.memory.held.Add(1), p.memory.bytes.Add(int64(bytes))
	t.held = append(t.held, heldSpan{i, bytes, time.Now().Add(p.cfg.hold - p.tick())})
	switch {
	case p.cfg.hold <= 0:
		return handDue
	case held > int64(p.cfg.maxSpans/4) || total > maxHeldBytes:
		p.memory.full.Add(int64(len(t.held)))
		return handAll
	case !p.sweeping.Swap(true):
		time.AfterFunc(p.tick(), p.sweep)
	}
	return keep
}

// release forwards spans of a trace, unless another goroutine is already doing
// so. Many spans are forwarded by a new goroutine, because that has to wait for
// the next processor.
func (p *Processor) release(t *localTrace, how how) {
	switch mine, many := p.claim(t, how); {
	case !mine:
	case many:
		go p.hand(t, how, func(spans []sdktrace.ReadOnlySpan) { _ = p.pace(context.Background(), spans) })
	default:
		p.hand(t, how, func(spans []sdktrace.ReadOnlySpan) {
			for _, s := range spans {
				p.next.OnEnd(s)
			}
		})
	}
}

// claim makes the caller forward the trace's spans, unless another goroutine
// does. many reports that there are too many for OnEnd.
func (p *Processor) claim(t *localTrace, how how) (mine, many bool) {
	sh := p.memory.shard(t.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if t.busy {
		t.hurry = max(t.hurry, how)
		return false, false
	}
	t.busy = true
	return true, len(t.held) > maxInline
}

// hand forwards spans of a trace until none is due. The caller has claimed the
// trace.
func (p *Processor) hand(t *localTrace, how how, send func([]sdktrace.ReadOnlySpan)) {
	sh := p.memory.shard(t.id)
	j, _ := p.jobs.Get().(*job)
	if j == nil {
		j = new(job)
	}
	sh.mu.Lock()
	for {
		how, t.hurry = max(how, t.hurry), keep
		if t.roots == 0 || t.gone {
			how = handAll
		}
		due := t.take(how, time.Now())
		if len(due) == 0 {
			break
		}
		if how == handDue && p.cfg.hold > 0 {
			p.memory.overdue.Add(int64(len(due)))
		}
		j.collect(t, due)
		sh.mu.Unlock()
		j.resolve(p)
		sh.mu.Lock()
		j.record(t)
		sh.mu.Unlock()
		send(j.out)
		for _, h := range due {
			p.memory.held.Add(-1)
			p.memory.bytes.Add(int64(-h.bytes))
		}
		j.reset()
		sh.mu.Lock()
		how = handDue
	}
	t.busy = false
	if t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
	if t.open == 0 && len(t.held) == 0 {
		p.memory.free(sh, t)
	}
	sh.mu.Unlock()
	p.jobs.Put(j)
}

// tick is how often sweep runs.
func (p *Processor) tick() time.Duration { return max(p.cfg.hold/8, time.Millisecond) }

// sweep forwards the spans whose hold is over, and schedules itself again while
// others are held.
func (p *Processor) sweep() {
	send := func(spans []sdktrace.ReadOnlySpan) { _ = p.pace(context.Background(), spans) }
	for i := range p.memory.shards {
		for _, t := range p.memory.shards[i].waiting() {
			if mine, _ := p.claim(t, handDue); mine {
				p.hand(t, handDue, send)
			}
		}
	}
	p.sweeping.Store(false)
	if p.memory.held.Load() > 0 && !p.stopped.Load() && !p.sweeping.Swap(true) {
		time.AfterFunc(p.tick(), p.sweep)
	}
}

// take removes the spans to be forwarded from the held ones.
func (t *localTrace) take(how how, now time.Time) []heldSpan {
	n := 0
	switch how {
	case handAll:
		n = len(t.held)
	case handDue:
		for n < len(t.held) && !t.held[n].due.After(now) {
			n++
		}
	}
	due := t.held[:n:n]
	if t.held = t.held[n:]; len(t.held) == 0 {
		t.held = nil
	}
	return due
}

// drain forwards all held spans, and waits for other goroutines that are
// forwarding.
func (p *Processor) drain(ctx context.Context) (err error) {
	send := func(spans []sdktrace.ReadOnlySpan) {
		if e := p.pace(ctx, spans); e != nil && err == nil {
			err = e
		}
	}
	for i := range p.memory.shards {
		for _, t := range p.memory.shards[i].waiting() {
			if mine, _ := p.claim(t, handAll); mine {
				p.hand(t, handAll, send)
				continue
			}
			idle := p.memory.idle(t)
			select {
			case <-idle:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return err
}

// idle returns a channel that is closed when no goroutine forwards spans of the
// trace.
func (m *memory) idle(t *localTrace) <-chan struct{} {
	sh := m.shard(t.id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !t.busy {
		over := make(chan struct{})
		close(over)
		return over
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// waiting returns the traces that hold spans or are being forwarded.
func (sh *shard) waiting() (list []*localTrace) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for _, traces := range sh.traces {
		for _, t := range traces {
			if t.busy || len(t.held) > 0 {
				list = append(list, t)
			}
		}
	}
	return list
}

// pacer lets one goroutine at a time forward many spans, and counts them: a
// batch processor silently drops spans that do not fit into its queue.
type pacer struct {
	token chan struct{} // holds one while somebody is at it
	sent  int           // since the last flush
}

// pace forwards spans to the next processor and flushes it after every chunk.
// When ctx is done it forwards the rest without flushing.
func (p *Processor) pace(ctx context.Context, spans []sdktrace.ReadOnlySpan) (err error) {
	for len(spans) > 0 {
		select {
		case p.pacer.token <- struct{}{}:
		case <-ctx.Done():
			for _, s := range spans {
				p.next.OnEnd(s)
			}
			return ctx.Err()
		}
		n := min(len(spans), chunk-p.pacer.sent)
		for _, s := range spans[:n] {
			p.next.OnEnd(s)
		}
		spans = spans[n:]
		if p.pacer.sent += n; p.pacer.sent == chunk {
			p.pacer.sent = 0
			if e := p.next.ForceFlush(ctx); e != nil && err == nil {
				err = e
			}
		}
		<-p.pacer.token
	}
	return err
}
