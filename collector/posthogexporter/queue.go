package posthogexporter

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/otelposthog/otelposthog-go/collector/internal/lanes"
)

// oneQueue is the queue of every Collector exporter, or none.
type oneQueue struct {
	e    *tracesExporter
	next exporter.Traces
}

func newOneQueue(ctx context.Context, e *tracesExporter) (queue, error) {
	set := e.set
	// A full queue refuses every request: one line a minute says so.
	set.Logger = set.Logger.WithOptions(zap.WrapCore(func(core zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(core, time.Minute, 1, 0)
	}))
	q := &oneQueue{e: e}
	var err error
	q.next, err = exporterhelper.NewTraces(ctx, set, e.cfg, q.push,
		// Each request has the timeout of the client settings.
		exporterhelper.WithTimeout(exporterhelper.TimeoutConfig{Timeout: 0}),
		exporterhelper.WithRetry(e.cfg.RetryConfig),
		exporterhelper.WithQueue(e.cfg.QueueConfig),
	)
	return q, err
}

func (q *oneQueue) start(ctx context.Context, host component.Host) error {
	return q.next.Start(ctx, host)
}

func (q *oneQueue) consume(ctx context.Context, td ptrace.Traces) error {
	return q.next.ConsumeTraces(ctx, td)
}

func (q *oneQueue) stop(ctx context.Context) error {
	err := q.next.Shutdown(ctx)
	queueConfig := q.e.cfg.QueueConfig
	if ctx.Err() != nil && queueConfig.HasValue() && queueConfig.Get().StorageID != nil {
		q.e.set.Logger.Warn("The time for the shutdown is over. What is not stored is in the queue on disk and is sent after the next start.")
	} else if ctx.Err() != nil {
		q.e.set.Logger.Error("The time for the shutdown is over. What was in the queue is lost: see sending_queue::storage.")
	}
	return err
}

// push sends a batch, each tenant's spans to its project.
func (q *oneQueue) push(ctx context.Context, td ptrace.Traces) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.e.ctx, cancel)()
	var all outcome
	for _, part := range q.e.split(td) {
		all.merge(q.e.send(ctx, part.to, part.td))
	}
	switch {
	case all.err == nil:
		return nil
	case all.retry.SpanCount() == 0:
		return consumererror.NewPermanent(all.err)
	}
	err := all.err
	if all.wait > 0 {
		err = exporterhelper.NewThrottleRetry(err, all.wait)
	}
	return consumererror.NewTraces(err, all.retry)
}

// tenantQueues is a queue for each tenant.
type tenantQueues struct {
	e     *tracesExporter
	lanes *lanes.Queue
	gauge metric.Registration
}

func newTenantQueues(e *tracesExporter) queue { return &tenantQueues{e: e} }

func (q *tenantQueues) start(ctx context.Context, host component.Host) error {
	e, c := q.e, q.e.cfg.QueueConfig.Get()
	set := lanes.Settings{
		Workers:      c.NumConsumers,
		MaxBytes:     c.QueueSize,
		MaxLaneBytes: e.cfg.Tenants.maxQueueBytes(c.QueueSize),
		MaxLanes:     e.cfg.Tenants.MaxTenants,
		Block:        c.BlockOnOverflow,
		Wait:         c.WaitForResult,
		Known:        !e.cfg.Tenants.ValueIsKey,
		Retry:        e.cfg.RetryConfig,
		RefusedFor:   e.cfg.Tenants.RefusedFor,
		Deliver:      q.deliver,
		Refuse:       q.refuse,
		Lost:         q.lost,
		Logger:       e.set.Logger,
	}
	if c.Batch.HasValue() {
		set.MinBatch, set.FlushTimeout = c.Batch.Get().MinSize, c.Batch.Get().FlushTimeout
	}
	var client storage.Client
	if c.StorageID != nil {
		extension, ok := host.GetExtensions()[*c.StorageID].(storage.Extension)
		if !ok {
			return errors.New("sending_queue::storage: " + c.StorageID.String() + " is not a storage extension")
		}
		var err error
		if client, err = extension.GetClient(ctx, component.KindExporter, e.set.ID, "tenants"); err != nil {
			return err
		}
	}
	q.lanes = lanes.New(set, client)
	var err error
	if q.gauge, err = e.metrics.observe(e.set, q.lanes.Stats); err != nil {
		return err
	}
	return q.lanes.Start(ctx)
}

func (q *tenantQueues) consume(ctx context.Context, td ptrace.Traces) error {
	var parts []lanes.Part
	for _, part := range q.e.split(td) {
		parts = append(parts, lanes.Part{Lane: lanes.Lane{Name: part.to.name, Label: part.to.label}, Traces: part.td})
	}
	if len(parts) == 0 {
		return nil
	}
	return q.lanes.Push(ctx, parts)
}

func (q *tenantQueues) deliver(ctx context.Context, lane lanes.Lane, td ptrace.Traces) lanes.Result {
	to, ok := q.e.tenantNamed(lane.Name)
	if !ok {
		q.e.countUnknown(to, td) // Its key is no longer in the settings.
		return lanes.Result{}
	}
	out := q.e.send(ctx, to, td)
	return lanes.Result{Retry: out.retry, After: out.wait, Refused: out.refused, Err: out.err}
}

func (q *tenantQueues) refuse(lane lanes.Lane, td ptrace.Traces) {
	q.e.lose(lane.Label, "unauthorized", td, nil)
}

func (q *tenantQueues) lost(lane lanes.Lane, spans int, why string) {
	q.e.metrics.addWith(q.e.metrics.lost, lane.Label, spans, reason(why))
	q.e.told.warn(q.e.set.Logger, "Spans are lost.", lane.Label, why, spans, nil)
}

func (q *tenantQueues) stop(ctx context.Context) error {
	if q.gauge != nil {
		_ = q.gauge.Unregister() // There is no meter any more, or it worked.
	}
	left := q.lanes.Stop(ctx)
	switch {
	case left == 0:
	case q.e.cfg.QueueConfig.Get().StorageID != nil:
		q.e.set.Logger.Info("Spans are left in the queue on disk. They are sent after the next start.", zap.Int("spans", left))
	default:
		q.e.set.Logger.Error("Spans that were in the queue are lost with the shutdown: see sending_queue::storage.", zap.Int("spans", left))
	}
	return nil
}
