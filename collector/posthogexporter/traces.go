package posthogexporter

import (
	"context"
	"fmt"
	"net/http"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// tracesExporter takes what can become an event out of traces, and passes it on to the
// queue: that of every Collector exporter, or one for each tenant.
type tracesExporter struct {
	cfg     *Config
	set     exporter.Settings
	queue   queue
	metrics *metrics
	shown   []spans.Option
	told    told

	client   *http.Client
	projects *projects
	status   *status
	dead     *deadLetters
	ctx      context.Context // of what is sent; it ends with the time of Shutdown
	cancel   context.CancelFunc
}

var _ exporter.Traces = (*tracesExporter)(nil)

// queue is behind the filter.
type queue interface {
	start(ctx context.Context, host component.Host) error
	// stop ends it, at the latest when ctx ends.
	stop(ctx context.Context) error
	consume(ctx context.Context, td ptrace.Traces) error
}

func newTracesExporter(ctx context.Context, set exporter.Settings, cfg *Config) (*tracesExporter, error) {
	m, err := newMetrics(set, cfg)
	if err != nil {
		return nil, err
	}
	e := &tracesExporter{
		cfg:     cfg,
		set:     set,
		metrics: m,
		shown:   []spans.Option{spans.WithSession(cfg.Session...), spans.WithoutResource(cfg.Tenants.hidden()...)},
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if cfg.Tenants.enabled() && cfg.QueueConfig.HasValue() {
		e.queue = newTenantQueues(e)
		return e, nil
	}
	e.queue, err = newOneQueue(ctx, e)
	return e, err
}

// Capabilities says that traces are only read.
func (e *tracesExporter) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (e *tracesExporter) Start(ctx context.Context, host component.Host) error {
	if err := e.findStorage(host); err != nil {
		return err
	}
	settings := e.cfg.ClientConfig
	settings.Compression = "" // The exporter package has done it.
	client, err := settings.ToClient(ctx, host.GetExtensions(), e.set.TelemetrySettings)
	if err != nil {
		return err
	}
	options, err := e.cfg.options()
	if err != nil {
		return err
	}
	if e.dead, err = openDeadLetters(e.cfg.DeadLetter); err != nil {
		return err
	}
	e.client = client
	e.status = newStatus(host)
	e.projects = newProjects(append(options, posthog.WithHTTPClient(client), posthog.WithMeterProvider(e.metrics.forLibrary())))
	return e.queue.start(ctx, host)
}

// findStorage says what is missing, in the words of the settings.
func (e *tracesExporter) findStorage(host component.Host) error {
	if !e.cfg.QueueConfig.HasValue() || e.cfg.QueueConfig.Get().StorageID == nil {
		return nil
	}
	id := *e.cfg.QueueConfig.Get().StorageID
	if _, ok := host.GetExtensions()[id]; !ok {
		return fmt.Errorf("sending_queue::storage: there is no extension %s: add it under extensions, and to service::extensions", id)
	}
	return nil
}

// Shutdown ends within shutdown_timeout. It is called without a start, too.
func (e *tracesExporter) Shutdown(ctx context.Context) error {
	defer e.cancel()
	if e.projects == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.ShutdownTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, e.cancel)
	defer stop()
	err := e.queue.stop(ctx)
	cancel() // Nothing is under way any more.
	_ = e.projects.close(ctx)
	e.client.CloseIdleConnections()
	if deadErr := e.dead.close(); deadErr != nil {
		e.set.Logger.Error("The file of dead_letter could not be closed.", zap.Error(deadErr))
	}
	return err
}

// ConsumeTraces queues what can become an event.
func (e *tracesExporter) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	needed, without := spans.Needed(td)
	e.metrics.addToAll(e.metrics.filtered, without)
	if needed.SpanCount() == 0 {
		return nil
	}
	if e.cfg.Tenants.asksRequests() {
		metadata := client.FromContext(ctx).Metadata
		e.warnAboutMetadata(metadata)
		e.cfg.Tenants.note(metadata, needed)
	}
	return e.queue.consume(ctx, needed)
}

// warnAboutMetadata tells about requests that bring no headers at all.
func (e *tracesExporter) warnAboutMetadata(metadata client.Metadata) {
	for range metadata.Keys() {
		return
	}
	e.told.warn(e.set.Logger, "tenants::from asks for metadata, but requests come without any. The receiver needs include_metadata: true, and a batch processor in between metadata_keys.", "", "no_metadata", 0, nil)
}

// countUnknown counts AI spans whose tenant has no project.
func (e *tracesExporter) countUnknown(to tenant, td ptrace.Traces) {
	action := e.cfg.Tenants.Unknown
	if action == "" {
		action = unknownDrop
	}
	n := aiSpans(td)
	e.metrics.addWith(e.metrics.unknown, unknownTenant, n, attribute.String("action", action))
	e.told.warn(e.set.Logger, "Spans name a tenant that has no API key.", to.label, action, n, nil)
}
