package posthogsession

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
)

// sessionProcessor remembers traces and makes AI spans wait for the rest of theirs.
type sessionProcessor struct {
	cfg     *Config
	logger  *zap.Logger
	metrics *metrics
	reader  reader
	next    consumer.Traces
	buffer  retrybuffer.Buffer
	store   *store
	gauges  metric.Registration

	resolvers sync.Pool
	waiting   atomic.Int64    // bytes
	ended     atomic.Bool     // nothing waits any more
	ctx       context.Context // of what is sent on
	cancel    context.CancelFunc
	sending   sync.WaitGroup

	mu       sync.Mutex
	bySender map[string]int64 // bytes that wait
	fullTold time.Time
}

var _ processor.Traces = (*sessionProcessor)(nil)

func newSessionProcessor(set processor.Settings, cfg *Config, next consumer.Traces) (*sessionProcessor, error) {
	m, err := newMetrics(set)
	ctx, cancel := context.WithCancel(context.Background())
	return &sessionProcessor{
		ctx: ctx, cancel: cancel,
		cfg:       cfg,
		logger:    set.Logger,
		metrics:   m,
		reader:    reader{cfg.Session},
		next:      next,
		buffer:    retrybuffer.Buffer{Next: next, Logger: set.Logger, MaxBytes: 2 * cfg.MaxWaitingBytes, Lost: m.lost},
		store:     newStore(cfg),
		resolvers: sync.Pool{New: func() any { return new(resolver) }},
		bySender:  make(map[string]int64),
	}, err
}

// Capabilities says that sessions and parents are written.
func (p *sessionProcessor) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// Start begins to look for the end of waiting.
func (p *sessionProcessor) Start(context.Context, component.Host) (err error) {
	p.buffer.Start(func(now time.Time) []*retrybuffer.Group {
		groups := p.due(now)
		if p.cfg.KeepOpen {
			p.send(groups)
			return nil
		}
		return groups
	})
	p.gauges, err = p.metrics.observe(p.waiting.Load, p.remembered)
	return err
}

// Shutdown sends on whatever waits. It is called without a start, too, and may be
// called again.
func (p *sessionProcessor) Shutdown(ctx context.Context) error {
	if p.gauges != nil {
		_ = p.gauges.Unregister()
	}
	defer p.cancel()
	err := p.buffer.Stop(ctx, p.rest)
	end := time.AfterFunc(lastWait, p.cancel)
	defer end.Stop()
	p.sending.Wait()
	return err
}

// lastWait is how long a shutdown waits for what was handed on. What is cut off then,
// its source has yet.
const lastWait = 5 * time.Second

// ConsumeTraces hands on what need not wait, and with keep_open returns when the rest
// has been taken, too.
func (p *sessionProcessor) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	now := time.Now()
	r := &request{p: p, td: td, info: client.FromContext(ctx), sender: senderOf(ctx), now: now}
	if err := p.admit(r); err != nil {
		return err
	}
	r.learn()
	r.takeAISpans()
	released := r.hold()
	p.send(append(released, p.due(now)...))
	var err error
	if td.ResourceSpans().Len() > 0 {
		err = p.next.ConsumeTraces(ctx, td)
	}
	return errors.Join(err, r.wait(ctx))
}

var errFull = errors.New("too many AI spans wait for the rest of their traces, or for the next component: send again later; see wait and max_waiting_bytes of posthogsession")

// admit refuses a request with AI spans while too much waits, for good reason: what is
// sent on without its session has lost it for good, and the sender can wait. A sender
// alone may fill half of the room.
func (p *sessionProcessor) admit(r *request) error {
	if p.cfg.Wait == 0 || p.ended.Load() {
		return nil
	}
	most := int64(p.cfg.MaxWaitingBytes)
	bytes := p.waiting.Load() + int64(p.buffer.Bytes())
	full := bytes >= most
	if !full && r.sender != "" && bytes >= most/2 {
		p.mu.Lock()
		full = p.bySender[r.sender] >= most/2
		p.mu.Unlock()
	}
	if !full || !r.hasAISpan() {
		return nil
	}
	p.metrics.refused()
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.now.Sub(p.fullTold) >= time.Minute {
		p.fullTold = r.now
		p.logger.Warn("Requests are refused for the time being, because too many AI spans wait. Raise max_waiting_bytes or lower wait.",
			zap.Int64("waiting_bytes", bytes), zap.Int("max_waiting_bytes", p.cfg.MaxWaitingBytes), zap.Duration("wait", p.cfg.Wait))
	}
	return errFull
}

// senderOf tells senders apart, "" when nothing does.
func senderOf(ctx context.Context) string {
	addr := client.FromContext(ctx).Addr
	if addr == nil {
		return ""
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	return host
}

// count notes that a sender has more, or less, that waits.
func (p *sessionProcessor) count(sender string, bytes int) {
	p.waiting.Add(int64(bytes))
	if sender == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bySender[sender] += int64(bytes); p.bySender[sender] <= 0 {
		delete(p.bySender, sender)
	}
}

// release finishes the spans of a trace that wait and returns them. The caller has the
// lock of the shard.
func (p *sessionProcessor) release(sh *shard, t *trace, end string) []*retrybuffer.Group {
	groups := sh.release(t)
	for _, g := range groups {
		p.metrics.waited(g.Traces.SpanCount(), end)
		p.count(senderOf(client.NewContext(context.Background(), g.Info)), -g.Size)
	}
	p.resolve(t, groups)
	return groups
}

// resolve writes on AI spans of a trace what follows for them.
func (p *sessionProcessor) resolve(t *trace, groups []*retrybuffer.Group) {
	r := p.resolvers.Get().(*resolver)
	defer p.resolvers.Put(r)
	r.ids = r.ids[:0]
	for _, g := range groups {
		eachSpan(g.Traces, func(_ ptrace.ResourceSpans, s ptrace.Span) { r.ids = append(r.ids, s.SpanID()) })
	}
	verdicts := r.resolve(t, r.ids)
	i := 0
	for _, g := range groups {
		eachSpan(g.Traces, func(rs ptrace.ResourceSpans, s ptrace.Span) {
			p.finish(t.id, verdicts[i], rs, s)
			i++
		})
	}
}

func eachSpan(td ptrace.Traces, do func(ptrace.ResourceSpans, ptrace.Span)) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				do(rs, s)
			}
		}
	}
}

// send hands on what waited. Where callers wait for the result, another request must
// not wait with them.
func (p *sessionProcessor) send(groups []*retrybuffer.Group) {
	switch {
	case len(groups) == 0:
	case p.cfg.KeepOpen:
		p.sending.Go(func() { p.buffer.Send(p.ctx, groups) })
	default:
		p.buffer.Send(p.ctx, groups)
	}
}

// due releases what has waited long enough, and forgets traces whose time is over.
func (p *sessionProcessor) due(now time.Time) []*retrybuffer.Group {
	var groups []*retrybuffer.Group
	for i := range p.store.shards {
		sh := &p.store.shards[i]
		sh.mu.Lock()
		for t := sh.oldest(now); t != nil; t = sh.oldest(now) {
			groups = append(groups, p.release(sh, t, endTimeout)...)
		}
		for t := sh.leastUsed(now); t != nil; t = sh.leastUsed(now) {
			if now.Sub(t.touched) <= max(p.cfg.Remember, p.cfg.Wait) {
				p.metrics.forgot()
			}
			groups = append(groups, p.release(sh, t, endFull)...)
			sh.forget(t)
		}
		sh.mu.Unlock()
	}
	return groups
}

// rest releases all that waits. Nothing waits afterwards.
func (p *sessionProcessor) rest() []*retrybuffer.Group {
	p.ended.Store(true)
	var groups []*retrybuffer.Group
	for i := range p.store.shards {
		sh := &p.store.shards[i]
		sh.mu.Lock()
		for sh.queue.front != nil {
			groups = append(groups, p.release(sh, sh.queue.front, endShutdown)...)
		}
		sh.mu.Unlock()
	}
	return groups
}

func (p *sessionProcessor) remembered() (n int64) {
	for i := range p.store.shards {
		sh := &p.store.shards[i]
		sh.mu.Lock()
		n += int64(sh.bytes)
		sh.mu.Unlock()
	}
	return n
}
