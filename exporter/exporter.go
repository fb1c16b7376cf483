package exporter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/relay"
)

// Exporter stores AI spans as PostHog events. Make one with [New],
// [NewWithClient] or [NewWriter]; it is safe for concurrent use. The zero value
// stores nothing and says so.
type Exporter struct {
	sink sink
	// makePipeline hides the options, which hold secrets, from whoever prints an
	// Exporter.
	makePipeline func() *pipeline
	pipelines    pool.Pool[pipeline]
	ids          pool.Pool[idSet]
	metrics      *metrics
	callbacks    callbackNotices
	links        linkNotices

	mu      sync.Mutex
	stopped bool
	active  int           // exports under way
	idle    chan struct{} // closed when stopped and none is under way
	// cutOff ends the exports that are still under way when the time of Shutdown
	// is over.
	cutOff    context.CancelCauseFunc
	cutOffCtx context.Context
}

var _ sdktrace.SpanExporter = (*Exporter)(nil)

// sink is where events go.
type sink struct {
	sender interface {
		// Send delivers events with different ids and says what became of them.
		Send(ctx context.Context, events []event.Event) outcome.Report
	}
	close func() // when nothing is sent any more; may be nil
	shown any    // in a log
}

// New returns an exporter to PostHog's capture API. The key is the project API
// key (phc_...); white space around it is ignored, and a blank one is
// [ErrNoAPIKey]. Nothing is sent before the first export, so an unreachable host
// is no error here. All invalid options are reported in one error.
func New(apiKey string, opts ...Option) (*Exporter, error) {
	cfg := newConfig()
	cfg.direct = true
	for _, opt := range opts {
		if opt != nil {
			opt.apply(&cfg)
		}
	}
	key, err := checkKey(apiKey)
	if err := joinErrors(err, cfg.check()); err != nil {
		return nil, err
	}
	return newExporter(cfg, newCapture(key, cfg))
}

// NewWriter returns an exporter that writes each event to w as one line of JSON,
// as the capture API would get it. Writes do not overlap. After a write that
// failed in the middle of a line, the next one begins on a new line. A nil w is an
// error. Events are shrunk only when [WithMaxEventBytes] asks for it.
func NewWriter(w io.Writer, opts ...WriterOption) (*Exporter, error) {
	cfg := newConfig()
	for _, opt := range opts {
		if opt != nil {
			opt.applyToWriter(&cfg)
		}
	}
	if nilcheck.IsNil(w) {
		cfg.errs = append(cfg.errs, errors.New("otelposthog: NewWriter needs a writer, not nil"))
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	return newExporter(cfg, sink{
		sender: &writer{to: w, maxEventBytes: cfg.maxEventBytes},
		shown:  struct{ Writer string }{fmt.Sprintf("%T", w)},
	})
}

func newExporter(cfg config, s sink) (*Exporter, error) {
	m, err := newMetrics(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Exporter{
		sink:         s,
		makePipeline: func() *pipeline { return newPipeline(&cfg) },
		metrics:      m,
		idle:         make(chan struct{}),
		cutOff:       cancel,
		cutOffCtx:    ctx,
	}, nil
}

// ExportSpans stores the AI spans among spans. It returns nil when all of them
// are stored, at once when there are none, and else an [*ExportError]; after
// [Exporter.Shutdown], one that wraps [ErrShutdown]. It retries within ctx, where
// nil is a context without an end, and when ctx ends it returns promptly. The
// spans are not changed.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if !e.isMade() {
		return errZero
	}
	p := e.pipeline()
	defer e.release(p)
	events := p.batch(spans)
	return e.deliver(ctx, len(spans), events, p.takeAsides())
}

// deliver sends events, unless it is too late, and takes account of them and of
// what happened besides.
func (e *Exporter) deliver(ctx context.Context, spans int, events []event.Event, besides asides) error {
	if ctx == nil {
		ctx = context.Background()
	}
	inTime := e.begin()
	if inTime {
		defer e.end()
	}
	measured := e.metrics.begin(ctx, spans, len(events)+len(besides.broken))
	e.metrics.besides(ctx, &besides)
	e.callbacks.tell(&besides)
	var report outcome.Report
	if given := len(events); given > 0 {
		var unique int
		events, unique = e.split(events)
		if inTime {
			report = e.send(ctx, events[:unique])
		} else {
			report = refused(unique)
		}
		report.Duplicates = given - len(events)
		for i := unique; i < len(events); i++ {
			report.Lose(i, &duplicate)
		}
	}
	for _, b := range besides.broken {
		events = append(events, event.Event{Span: b.span})
		report.Lose(len(events)-1, b.failure)
	}
	report.SortCauses()
	links := linksOf(events, &report)
	measured(&report, links)
	if !relay.Is(ctx) {
		e.links.tell(links)
	}
	return newExportError(&report, events)
}

func (e *Exporter) send(ctx context.Context, events []event.Event) outcome.Report {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.cutOffCtx, func() { cancel(ErrShutdown) })()
	return e.sink.sender.Send(ctx, events)
}

// refused is the report of events that came too late.
func refused(events int) (report outcome.Report) {
	for i := range events {
		report.Lose(i, &outcome.Failure{Reason: outcome.Shutdown, Retryable: true, Err: ErrShutdown})
	}
	return report
}

func (e *Exporter) split(events []event.Event) ([]event.Event, int) {
	ids := e.ids.Get()
	if ids == nil {
		ids = new(idSet)
	}
	defer e.ids.Put(ids)
	return ids.split(events)
}

func (e *Exporter) pipeline() *pipeline {
	if p := e.pipelines.Get(); p != nil {
		return p
	}
	return e.makePipeline()
}

func (e *Exporter) release(p *pipeline) {
	p.reset()
	e.pipelines.Put(p)
}

// isMade reports whether a constructor has made the exporter.
func (e *Exporter) isMade() bool { return e != nil && e.sink.sender != nil }

// begin reports whether an export may start. Shutdown then waits for its end.
func (e *Exporter) begin() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return false
	}
	e.active++
	return true
}

func (e *Exporter) end() {
	e.mu.Lock()
	e.active--
	last := e.stopped && e.active == 0
	e.mu.Unlock()
	if last {
		e.finish()
	}
}

// stop lets no further export begin.
func (e *Exporter) stop() {
	e.mu.Lock()
	last := !e.stopped && e.active == 0
	e.stopped = true
	e.mu.Unlock()
	if last {
		e.finish()
	}
}

// finish gives everything back. It runs once, when the exporter is stopped and
// no export is under way.
func (e *Exporter) finish() {
	e.cutOff(ErrShutdown)
	if e.sink.close != nil {
		e.sink.close()
	}
	close(e.idle)
}

// Shutdown lets no further export begin and waits for those that are under way,
// until ctx ends; then it cuts them off and returns the error of ctx. What is cut
// off or comes later is lost for the reason "shutdown", which each export returns
// as its error. It closes idle connections. A second call waits like the first.
// A nil ctx has no end. A posthog-go client or a writer stays open.
//
// A batch processor calls it only after it has exported its whole queue, and
// gives each batch 30 s for that. The example says how to bound all of it.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if !e.isMade() {
		return nil
	}
	if ctx == nil {
		ctx = context.Background()
	}
	e.stop()
	select {
	case <-e.idle:
		return nil
	default:
	}
	select {
	case <-e.idle:
		return nil
	case <-ctx.Done():
		e.cutOff(ErrShutdown)
		return context.Cause(ctx)
	}
}

// MarshalLog returns what a log may say about the exporter: no secret.
func (e *Exporter) MarshalLog() any {
	if !e.isMade() {
		return struct{ Type string }{"otelposthog"}
	}
	return struct {
		Type string
		Sink any
	}{"otelposthog", e.sink.shown}
}
