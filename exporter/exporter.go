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
// stores nothing and returns an error.
type Exporter struct {
	sink sink
	// makePipeline is a closure so that printing an Exporter cannot show the
	// options, which hold secrets.
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
	// cutOff ends the exports that are still in flight when the context of
	// Shutdown ends.
	cutOff    context.CancelCauseFunc
	cutOffCtx context.Context
}

var _ sdktrace.SpanExporter = (*Exporter)(nil)

// sink is where events go.
type sink struct {
	sender interface {
		// Send delivers events with distinct ids and reports the outcome of
		// each.
		Send(ctx context.Context, events []event.Event) outcome.Report
	}
	close func() // when nothing is sent any more; may be nil
	shown any    // in a log
}

// New returns an exporter to PostHog's capture API. The key is the project API
// key (phc_...); white space around it is ignored, and a blank one is
// [ErrNoAPIKey]. New sends nothing, so an unreachable host is not an error
// here. All invalid options are reported in one error.
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

// NewWriter returns an exporter that writes each event to w as one line of
// JSON, in the form that the capture API gets. Writes do not overlap. If a
// write fails in the middle of a line, the next event begins on a new line. A
// nil w is an error. Events are shrunk only with [WithMaxEventBytes].
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

// ExportSpans stores the AI spans among spans. It returns nil if all of them
// are stored, at once if there are none, and otherwise an [*ExportError]. After
// [Exporter.Shutdown] the error wraps [ErrShutdown]. It retries until ctx ends
// and then returns promptly; a nil ctx never ends. The spans are not changed.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if !e.isMade() {
		return errZero
	}
	p := e.pipeline()
	defer e.release(p)
	events := p.batch(spans)
	return e.deliver(ctx, len(spans), events, p.takeAsides())
}

// deliver sends events, unless the exporter is shut down, and counts them and
// the asides.
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
			report = rejectAfterShutdown(unique)
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

// rejectAfterShutdown reports events that came after Shutdown as lost.
func rejectAfterShutdown(events int) (report outcome.Report) {
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

// stop makes later exports fail.
func (e *Exporter) stop() {
	e.mu.Lock()
	last := !e.stopped && e.active == 0
	e.stopped = true
	e.mu.Unlock()
	if last {
		e.finish()
	}
}

// finish releases all resources. It runs once, when the exporter is stopped and
// no export is in flight.
func (e *Exporter) finish() {
	e.cutOff(ErrShutdown)
	if e.sink.close != nil {
		e.sink.close()
	}
	close(e.idle)
}

// Shutdown stops the exporter and waits for exports in flight. When ctx ends,
// it cuts them off and returns the error of ctx. Each export that is cut off,
// or starts later, returns an error with the reason "shutdown" for its lost
// events. Shutdown closes idle connections. A second call waits like the first.
// A nil ctx never ends. A posthog-go client or a writer stays open.
//
// A batch processor calls Shutdown only after it has exported its whole queue,
// with up to 30 s for each batch. The example shows how to limit the whole
// shutdown.
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

// MarshalLog returns a description for logs without secrets.
func (e *Exporter) MarshalLog() any {
	if !e.isMade() {
		return struct{ Type string }{"otelposthog"}
	}
	return struct {
		Type string
		Sink any
	}{"otelposthog", e.sink.shown}
}
