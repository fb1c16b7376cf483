package exporter

import (
	"context"
	"io"
	"sync"

	"github.com/posthog/posthog-go"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

// Exporter stores AI spans as PostHog events. Make one with [New],
// [NewWithClient] or [NewWriter]; it is safe for concurrent use. The zero value
// stores nothing and says so.
type Exporter struct {
	sink       sink
	options    convert.Options
	converters pool.Pool[convert.Converter]
	properties []attribute.KeyValue
	telemetry  *telemetry
	losses     lossReporter

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

// sink is a way out for events.
type sink interface {
	// send delivers the events and tells what became of them.
	send(ctx context.Context, events []event.Event) capture.Report
	// close gives back what the sink holds. Nothing is sent any more.
	close()
	// describe is what a log may say about the sink.
	describe() any
}

// New returns an exporter to PostHog's capture API. The key is the project API
// key (phc_...); white space around it is ignored, and a blank one is
// [ErrNoAPIKey]. Nothing is sent before the first export, so an unreachable host
// is no error here. All invalid options are reported in one error.
func New(apiKey string, opts ...Option) (*Exporter, error) {
	cfg, err := newConfig(direct, opts)
	key, keyErr := checkKey(apiKey)
	if err := joinErrors(keyErr, err); err != nil {
		return nil, err
	}
	return newExporter(cfg, newDirectSink(key, cfg))
}

// NewWithClient returns an exporter to a posthog-go client, whose BeforeSend
// hook, DefaultEventProperties and queue then apply. The exporter never closes
// the client: close it after the TracerProvider.
//
// posthog-go stores in the background, so here an export is done when the client
// has taken every event into its queue; what it loses later, its Callback tells.
// A full queue is waited out within the context and the time of [WithRetry].
// posthog-go refuses events over 500,000 bytes, so they are shrunk to 480,000,
// and it sets $lib, $lib_version, $os, $go_version and $is_server itself.
//
// A nil client is an error, and so is an option that is the client's business,
// such as [WithHost].
func NewWithClient(client posthog.EnqueueClient, opts ...Option) (*Exporter, error) {
	cfg, err := newConfig(viaClient, opts)
	if err := joinErrors(checkClient(client), err); err != nil {
		return nil, err
	}
	return newExporter(cfg, newClientSink(client, cfg))
}

// NewWriter returns an exporter that writes each event to w as one line of JSON,
// as the capture API would get it. Writes do not overlap. A nil w is an error,
// and so is an option about PostHog's host, such as [WithHost]. Events are
// shrunk only when [WithMaxEventBytes] asks for it.
func NewWriter(w io.Writer, opts ...Option) (*Exporter, error) {
	cfg, err := newConfig(toWriter, opts)
	if err := joinErrors(checkWriter(w), err); err != nil {
		return nil, err
	}
	return newExporter(cfg, newWriterSink(w, cfg))
}

func newExporter(cfg config, s sink) (*Exporter, error) {
	tel, err := newTelemetry(cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	return &Exporter{
		sink:       s,
		options:    cfg.convert,
		properties: cfg.properties,
		telemetry:  tel,
		idle:       make(chan struct{}),
		cutOff:     cancel,
		cutOffCtx:  ctx,
	}, nil
}

// ExportSpans stores the AI spans among spans. It returns nil when all of them
// are stored, at once when there are none, and else an [*ExportError]; after
// [Exporter.Shutdown], one that wraps [ErrShutdown]. It retries within ctx, and
// when ctx ends it returns promptly. The spans are not changed.
func (e *Exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if !e.begin() {
		return e.refuse(ctx, spans)
	}
	defer e.end()
	c := e.converter()
	defer e.release(c)
	return e.deliver(ctx, spans, e.events(c, spans))
}

// deliver sends the events of spans, or events without spans.
func (e *Exporter) deliver(ctx context.Context, spans []sdktrace.ReadOnlySpan, events []event.Event) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(e.cutOffCtx, func() { cancel(context.Cause(e.cutOffCtx)) })()

	done := e.telemetry.begin(ctx, len(spans), len(events))
	var report capture.Report
	if len(events) > 0 {
		report = e.sink.send(ctx, events)
	}
	err := newExportError(report, events, spans)
	done(report)
	e.losses.add(report)
	return err
}

// events converts spans and adds the properties that all events have. The
// events are there until the converter is released.
func (e *Exporter) events(c *convert.Converter, spans []sdktrace.ReadOnlySpan) []event.Event {
	events := c.Batch(spans)
	for i := range events {
		events[i].Fill(e.properties)
	}
	return events
}

func (e *Exporter) converter() *convert.Converter {
	if c := e.converters.Get(); c != nil {
		return c
	}
	return convert.New(e.options)
}

func (e *Exporter) release(c *convert.Converter) {
	c.Reset()
	e.converters.Put(c)
}

// begin reports whether an export may start. Shutdown then waits for its end.
func (e *Exporter) begin() bool {
	if e == nil || e.sink == nil {
		return false
	}
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
	e.sink.close()
	e.losses.flush()
	close(e.idle)
}

// refuse counts the events of an export that came too late.
func (e *Exporter) refuse(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e == nil || e.sink == nil {
		return errZero
	}
	c := e.converter()
	defer e.release(c)
	return e.lose(ctx, spans, e.events(c, spans))
}

// lose counts events for which it is too late.
func (e *Exporter) lose(ctx context.Context, spans []sdktrace.ReadOnlySpan, events []event.Event) error {
	report := lostAll(len(events), afterShutdown, ErrShutdown)
	e.telemetry.begin(ctx, len(spans), len(events))(report)
	e.losses.add(report)
	return newExportError(report, events, spans)
}

// Shutdown waits for the exports that are under way, until ctx ends; then it
// cuts them off and returns the error of ctx. It closes idle connections. A
// second call waits like the first. A posthog-go client or a writer stays open.
func (e *Exporter) Shutdown(ctx context.Context) error {
	if e == nil || e.sink == nil {
		return nil
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
	if e == nil || e.sink == nil {
		return struct{ Type string }{"otelposthog"}
	}
	return struct {
		Type string
		Sink any
	}{"otelposthog", e.sink.describe()}
}
