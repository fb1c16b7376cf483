package posthogexporter

import (
	"context"
	"net/http"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// tracesExporter sends traces, each span to the project of its tenant.
type tracesExporter struct {
	cfg     *Config
	set     exporter.Settings
	unknown *unknownTenants
	shown   []spans.Option

	client   *http.Client
	projects *projects
}

func newTracesExporter(set exporter.Settings, cfg *Config) (*tracesExporter, error) {
	unknown, err := newUnknownTenants(set, &cfg.Tenants)
	return &tracesExporter{
		cfg:     cfg,
		set:     set,
		unknown: unknown,
		shown:   []spans.Option{spans.WithSession(cfg.Session...), spans.WithoutResource(cfg.Tenants.hidden()...)},
	}, err
}

func (e *tracesExporter) start(ctx context.Context, host component.Host) error {
	settings := e.cfg.ClientConfig
	settings.Compression = "" // The exporter has done it.
	client, err := settings.ToClient(ctx, host.GetExtensions(), e.set.TelemetrySettings)
	if err != nil {
		return err
	}
	options, err := e.cfg.options()
	if err != nil {
		return err
	}
	e.client = client
	e.projects = newProjects(append(options, posthog.WithHTTPClient(client), posthog.WithMeterProvider(e.set.MeterProvider)))
	if e.cfg.APIKey != "" {
		if err := e.projects.add(string(e.cfg.APIKey)); err != nil {
			return err
		}
	}
	for _, key := range e.cfg.Tenants.Keys {
		if err := e.projects.add(string(key)); err != nil {
			return err
		}
	}
	return nil
}

// shutdown is called without a start, too.
func (e *tracesExporter) shutdown(ctx context.Context) error {
	if e.projects == nil {
		return nil
	}
	err := e.projects.close(ctx)
	e.client.CloseIdleConnections()
	return err
}

func (e *tracesExporter) push(ctx context.Context, td ptrace.Traces) error {
	var out outcome
	for _, share := range e.split(ctx, td) {
		out.add(share.exporter.ExportSpans(ctx, share.spans), share.indices, e.cfg.RetryAlso)
	}
	return e.classify(&out, td)
}

// share is what one project gets of a batch.
type share struct {
	exporter *posthog.Exporter
	spans    []sdktrace.ReadOnlySpan
	indices  []int // of the spans in the batch
}

// split sorts the spans by project. Those that go nowhere are counted.
func (e *tracesExporter) split(ctx context.Context, td ptrace.Traces) []*share {
	list := spans.Of(td, e.shown...)
	var shares []*share
	byExporter := make(map[*posthog.Exporter]*share, 1)
	at := 0
	for _, rs := range td.ResourceSpans().All() {
		first := at
		for _, ss := range rs.ScopeSpans().All() {
			at += ss.Spans().Len()
		}
		exp := e.projectOf(ctx, rs, list[first:at])
		if exp == nil {
			continue
		}
		to := byExporter[exp]
		if to == nil {
			to = &share{exporter: exp}
			byExporter[exp] = to
			shares = append(shares, to)
		}
		to.spans = append(to.spans, list[first:at]...)
		for i := first; i < at; i++ {
			to.indices = append(to.indices, i)
		}
	}
	return shares
}

// projectOf returns the project of a resource, or nil.
func (e *tracesExporter) projectOf(ctx context.Context, rs ptrace.ResourceSpans, list []sdktrace.ReadOnlySpan) *posthog.Exporter {
	tenants := &e.cfg.Tenants
	tenant := tenants.tenantOf(rs.Resource().Attributes())
	var project *posthog.Exporter
	switch {
	case tenant == "":
		if project = e.projects.get(string(e.cfg.APIKey)); project != nil {
			return project
		}
	case tenants.ValueIsKey:
		project = e.projects.learn(tenant)
	default:
		if key, ok := tenants.Keys[tenant]; ok {
			project = e.projects.get(string(key))
		}
	}
	if project != nil {
		return project
	}
	e.unknown.count(ctx, tenant, list)
	if tenants.Unknown == unknownDefault {
		return e.projects.get(string(e.cfg.APIKey))
	}
	return nil
}
