package posthoglogs

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/collector/internal/retrybuffer"
)

// joiner is the connector in both of its pipelines.
type joiner struct {
	next   consumer.Traces
	buffer retrybuffer.Buffer
	forget func()

	mu     sync.Mutex
	memory *memory
}

var (
	_ connector.Traces = (*joiner)(nil)
	_ connector.Logs   = (*joiner)(nil)
)

func newJoiner(set connector.Settings, cfg *Config, next consumer.Traces) (*joiner, error) {
	counts, err := newMetrics(set)
	return &joiner{
		next:   next,
		buffer: retrybuffer.Buffer{Next: next, Logger: set.Logger, MaxBytes: cfg.MaxWaitingBytes, Lost: counts.lost},
		memory: newMemory(cfg, counts),
	}, err
}

// Capabilities says that traces are changed: content goes onto their spans.
func (j *joiner) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// Start is called once for each pipeline.
func (j *joiner) Start(context.Context, component.Host) error {
	j.buffer.Start(j.due)
	return nil
}

// Shutdown sends on whatever waits. It is called once for each pipeline, and
// without a start, too.
func (j *joiner) Shutdown(ctx context.Context) error {
	j.forget()
	return j.buffer.Stop(ctx, j.rest)
}

func (j *joiner) due(now time.Time) []*retrybuffer.Group {
	j.mu.Lock()
	defer j.mu.Unlock()
	return groups(j.memory.due(now))
}

func (j *joiner) rest() []*retrybuffer.Group {
	j.mu.Lock()
	defer j.mu.Unlock()
	return groups(j.memory.end())
}

// ConsumeTraces hands spans on, those of LLM calls with their content or when it
// has not come in time.
func (j *joiner) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	now := time.Now()
	info := client.FromContext(ctx)
	var joined []*entry // that do not wait
	j.mu.Lock()
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(func(s ptrace.Span) bool {
				if !wantsContent(s) {
					return false
				}
				e, waits := j.memory.join(info, rs, ss, s, now)
				if !waits {
					joined = append(joined, e)
				}
				return waits
			})
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	entries := j.memory.due(now)
	j.mu.Unlock()
	j.buffer.Send(context.WithoutCancel(ctx), groups(entries))
	if td.ResourceSpans().Len() == 0 {
		return nil
	}
	err := j.next.ConsumeTraces(ctx, td)
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil && !consumererror.IsPermanent(err) {
		j.memory.restore(joined, now) // The sender sends these spans again.
	} else {
		j.memory.count(joined, "complete")
	}
	return err
}

// ConsumeLogs takes content and evaluations out of log records, and leaves the
// others alone.
func (j *joiner) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	// First what can fail: the sender sends all of it again then, and content that
	// was taken would be there twice.
	if evaluations := evaluationsIn(ld); evaluations.ResourceSpans().Len() > 0 {
		if err := j.next.ConsumeTraces(ctx, evaluations); err != nil {
			return err
		}
	}
	now := time.Now()
	touched := make(map[*entry]bool)
	j.mu.Lock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				name := eventName(r)
				if !contentEvents[name] {
					continue
				}
				if e := j.memory.add(r, name, now); e != nil {
					touched[e] = true
				}
			}
		}
	}
	entries := append(j.memory.completed(touched, now), j.memory.due(now)...)
	j.mu.Unlock()
	j.buffer.Send(context.WithoutCancel(ctx), groups(entries))
	return nil
}

// groups are the spans of entries that wait no more.
func groups(entries []*entry) []*retrybuffer.Group {
	var list []*retrybuffer.Group
	for _, e := range entries {
		list = append(list, &retrybuffer.Group{Info: e.info, Traces: e.td, Size: e.size})
	}
	return list
}
