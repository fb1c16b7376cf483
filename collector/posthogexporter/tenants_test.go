package posthogexporter_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer/consumererror"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

var (
	byAttribute = posthogexporter.TenantSource{ResourceAttribute: "tenant.id"}
	byHeader    = posthogexporter.TenantSource{Metadata: "x-tenant"}
	keys        = map[string]configopaque.String{"acme": "phc_acme", "globex": "phc_globex", "42": "phc_42"}
)

func TestTenants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenants   posthogexporter.TenantsConfig
		noDefault bool
		attribute any
		header    string
		want      string // the key that the event comes with
		unknown   int64
	}{
		"by attribute":            {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys}, attribute: "acme", want: "phc_acme"},
		"by number":               {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys}, attribute: 42, want: "phc_42"},
		"by header":               {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: keys}, header: "globex", want: "phc_globex"},
		"attribute before header": {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute, byHeader), Keys: keys}, attribute: "acme", header: "globex", want: "phc_acme"},
		"header before attribute": {tenants: posthogexporter.TenantsConfig{From: sources(byHeader, byAttribute), Keys: keys}, attribute: "acme", header: "globex", want: "phc_globex"},
		"no header":               {tenants: posthogexporter.TenantsConfig{From: sources(byHeader, byAttribute), Keys: keys}, attribute: "acme", want: "phc_acme"},
		"none named":              {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys}, want: "phc_default"},
		"none named, no default":  {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys}, noDefault: true, unknown: 1},
		"unknown":                 {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys}, attribute: "initech", unknown: 1},
		"unknown to the default":  {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys, Unknown: "default"}, attribute: "initech", want: "phc_default", unknown: 1},
		"the key itself":          {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true}, noDefault: true, attribute: "phc_brought", want: "phc_brought"},
		"the key in a header":     {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), ValueIsKey: true}, header: "phc_brought", want: "phc_brought"},
		"no key at all":           {tenants: posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true}, attribute: "phx_personal", unknown: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			cfg := config(server)
			cfg.Tenants = bounded(test.tenants)
			if test.noDefault {
				cfg.APIKey = ""
			}
			reader := sdkmetric.NewManualReader()
			set := settings()
			set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			exp := newExporter(t, cfg, set)

			td := calls(1)
			attrs := td.ResourceSpans().At(0).Resource().Attributes()
			if test.attribute != nil {
				require.NoError(t, attrs.PutEmpty("tenant.id").FromRaw(test.attribute))
			}
			ctx := client.NewContext(t.Context(), client.Info{
				Metadata: client.NewMetadata(map[string][]string{"X-Tenant": {"", test.header}}),
			})
			require.NoError(t, exp.ConsumeTraces(ctx, td))

			require.Equal(t, test.unknown, sum(t, reader, "otelcol_exporter_posthog_spans_unknown_tenant"))
			if test.want == "" {
				require.Empty(t, server.Events())
				return
			}
			require.Len(t, server.Events(), 1)
			require.Equal(t, test.want, server.Events()[0].APIKey)
			require.NotContains(t, server.Events()[0].String(), test.want, "the key is no property")
			require.NotContains(t, server.Events()[0].Properties, "otelposthog.tenant")
		})
	}
}

// TestForgedTenant has a client that writes the exporter's own note.
func TestForgedTenant(t *testing.T) {
	t.Parallel()
	for _, from := range []posthogexporter.TenantSource{byHeader, byAttribute} {
		server := newServer(t)
		cfg := config(server)
		cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(from), Keys: keys})
		td := calls(1)
		td.ResourceSpans().At(0).Resource().Attributes().PutStr("otelposthog.tenant", "acme")
		require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), td))
		require.Equal(t, "phc_default", server.Events()[0].APIKey)
	}
}

// TestTenantsPartialFailure has three projects: one stores, one refuses, and one
// stores at the second try, after a queue in between.
func TestTenantsPartialFailure(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	tried := false
	server.SetFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		switch {
		case r.Header.Get("Authorization") == "Bearer phc_acme":
			return posthogtest.Status(401)
		case r.Header.Get("Authorization") == "Bearer phc_globex" && !tried:
			tried = true
			return posthogtest.Status(503)
		}
		return posthogtest.Fault{}
	})
	cfg := config(server)
	cfg.Capture = "v1"
	cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys})
	withQueue(cfg)
	quickRetry(cfg)
	td := calls(6)
	for i, tenant := range []string{"globex", "acme", ""} {
		td.ResourceSpans().At(i).Resource().Attributes().PutStr("tenant.id", tenant)
	}
	require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), td))

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	events, err := server.Wait(ctx, 4)
	require.NoError(t, err)
	byKey := map[string]int{}
	for _, e := range events {
		byKey[e.APIKey]++
	}
	require.Equal(t, map[string]int{"phc_default": 2, "phc_globex": 2}, byKey)
	for uuid, n := range server.Stored() {
		require.Equal(t, 1, n, uuid)
	}
}

func TestTenantsAllRefused(t *testing.T) {
	t.Parallel()
	server := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.Status(401) }))
	cfg := config(server)
	cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), Keys: keys})
	td := calls(4)
	td.ResourceSpans().At(0).Resource().Attributes().PutStr("tenant.id", "acme")
	err := newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), td)
	require.True(t, consumererror.IsPermanent(err))
	require.NotContains(t, err.Error(), "phc_acme")
}

func TestValidateTenants(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenants   posthogexporter.TenantsConfig
		noDefault bool
		want      string
	}{
		"no source":         {tenants: posthogexporter.TenantsConfig{Keys: keys}, want: "from is missing"},
		"empty source":      {tenants: posthogexporter.TenantsConfig{From: sources(posthogexporter.TenantSource{}), Keys: keys}, want: "either resource_attribute or metadata"},
		"two in one":        {tenants: posthogexporter.TenantsConfig{From: sources(posthogexporter.TenantSource{ResourceAttribute: "a", Metadata: "b"}), Keys: keys}, want: "either resource_attribute or metadata"},
		"no keys":           {tenants: posthogexporter.TenantsConfig{From: sources(byHeader)}, want: "set either keys"},
		"keys and values":   {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: keys, ValueIsKey: true}, want: "set either keys"},
		"a nameless tenant": {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: map[string]configopaque.String{"": "phc_x"}}, want: "no name"},
		"a bad key":         {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: map[string]configopaque.String{"acme": "phx_secret"}}, want: "the key of acme"},
		"unknown":           {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: keys, Unknown: "keep"}, want: "want drop or default"},
		"no default":        {tenants: posthogexporter.TenantsConfig{From: sources(byHeader), Keys: keys, Unknown: "default"}, noDefault: true, want: "needs api_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := defaultConfig()
			cfg.Tenants = bounded(test.tenants)
			if !test.noDefault {
				cfg.APIKey = "phc_x"
			}
			require.ErrorContains(t, cfg.Validate(), test.want)
			require.NotContains(t, cfg.Validate().Error(), "secret")
		})
	}
}

func sources(list ...posthogexporter.TenantSource) []posthogexporter.TenantSource { return list }

// bounded adds the defaults.
func bounded(c posthogexporter.TenantsConfig) posthogexporter.TenantsConfig {
	d := defaultConfig().Tenants
	d.From, d.Keys, d.ValueIsKey, d.Unknown = c.From, c.Keys, c.ValueIsKey, c.Unknown
	return d
}
