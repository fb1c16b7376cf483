package posthogexporter_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

func TestDefaultConfig(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	require.NoError(t, componenttest.CheckConfigStruct(cfg))
	require.ErrorContains(t, cfg.Validate(), "api_key is missing")
	cfg.APIKey = "phc_x"
	require.NoError(t, cfg.Validate())
	require.Equal(t, "https://us.i.posthog.com", cfg.ClientConfig.Endpoint)
	require.True(t, cfg.QueueConfig.HasValue())
	require.True(t, cfg.RetryConfig.Enabled)
}

func TestSampleConfig(t *testing.T) {
	t.Setenv("POSTHOG_API_KEY", "phc_of_the_environment")
	t.Setenv("PSEUDONYM_KEY", "key of pseudonyms")
	t.Setenv("DISTINCT_ID_KEY", "key of ids")
	minimal := load(t, "posthog")
	require.NoError(t, confmap.Validate(minimal))
	want := defaultConfig()
	want.APIKey = "phc_of_the_environment"
	require.Equal(t, want, minimal)

	full := load(t, "posthog/full")
	require.NoError(t, confmap.Validate(full))
	require.Equal(t, "https://eu.i.posthog.com", full.ClientConfig.Endpoint)
	require.Equal(t, 20*time.Second, full.ClientConfig.Timeout)
	require.Equal(t, "http://proxy.example.com:3128", full.ClientConfig.ProxyURL)
	require.Equal(t, posthog.CaptureV1, full.Capture)
	require.Equal(t, posthogexporter.PrivacyConfig{
		Content: "inputs", ContentOnConsent: true, WithoutOptedOut: true, AllowedProperties: []string{"app.plan", "team.*"},
		Redaction: []string{"email", "phone"}, WithoutRedaction: []string{"private_keys"}, Pseudonyms: "key of pseudonyms", HashedDistinctID: "key of ids",
		Groups: map[string]string{"company": "acme"},
	}, full.PrivacyConfig)
	require.Equal(t, 1_000_000, full.MaxEventBytes)
	require.Equal(t, map[string]any{"environment": "production", "region": map[string]any{"zone": "eu-1", "rank": 2}}, full.Properties)
	require.Equal(t, []string{"app.session.id", "session.id"}, full.Session)
	require.Equal(t, "file_storage", full.QueueConfig.Get().StorageID.String())
	require.EqualValues(t, 5_000_000_000, full.QueueConfig.Get().QueueSize)
	require.Zero(t, full.RetryConfig.MaxElapsedTime)
	require.Equal(t, []string{"rate_limited"}, full.RetryAlso)
	require.Equal(t, posthogexporter.DeadLetterConfig{Path: "/var/lib/otelcol-posthog/refused.jsonl", MaxBytes: 1_000_000_000}, full.DeadLetter)
	require.Equal(t, 10*time.Second, full.ShutdownTimeout)

	tenants := load(t, "posthog/tenants")
	require.NoError(t, confmap.Validate(tenants))
	require.Equal(t, posthogexporter.TenantsConfig{
		From:    []posthogexporter.TenantSource{{ResourceAttribute: "tenant.id"}, {Metadata: "x-tenant"}},
		Keys:    map[string]configopaque.String{"acme": "phc_of_acme", "globex": "phc_of_globex"},
		Unknown: "drop", MaxTenants: 5000, MaxQueueBytes: 20_000_000, RefusedFor: time.Minute, MaxLabels: 50,
	}, tenants.Tenants)
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*posthogexporter.Config)
		want   string
	}{
		"blank key":       {func(c *posthogexporter.Config) { c.APIKey = " " }, "api_key is blank"},
		"no key":          {func(c *posthogexporter.Config) { c.APIKey = "" }, "${env:POSTHOG_API_KEY}"},
		"personal key":    {func(c *posthogexporter.Config) { c.APIKey = "phx_secret" }, "phc_"},
		"endpoint":        {func(c *posthogexporter.Config) { c.ClientConfig.Endpoint = "localhost:8000" }, "https://"},
		"no endpoint":     {func(c *posthogexporter.Config) { c.ClientConfig.Endpoint = "" }, "https://"},
		"plain http":      {func(c *posthogexporter.Config) { c.ClientConfig.Endpoint = "http://posthog.example.com" }, "tls::insecure"},
		"timeout":         {func(c *posthogexporter.Config) { c.ClientConfig.Timeout = 0 }, "timeout must be positive"},
		"capture":         {func(c *posthogexporter.Config) { c.Capture = "v2" }, "want auto, batch, ai or v1"},
		"compression":     {func(c *posthogexporter.Config) { c.ClientConfig.Compression = "snappy" }, "use gzip"},
		"zstd without v1": {func(c *posthogexporter.Config) { c.ClientConfig.Compression = "zstd" }, "zstd"},
		"event size":      {func(c *posthogexporter.Config) { c.MaxEventBytes = 5 }, "16384"},
		"batches that drop": {func(c *posthogexporter.Config) {
			c.QueueConfig.Get().Batch = configoptional.Some(exporterhelper.BatchConfig{Sizer: exporterhelper.RequestSizerTypeBytes, FlushTimeout: time.Second, MaxSize: 1 << 30})
		}, "batch::max_size"},
		"retry_also":    {func(c *posthogexporter.Config) { c.RetryAlso = []string{"rejected"} }, `not "rejected"`},
		"properties":    {func(c *posthogexporter.Config) { c.Properties = map[string]any{"$session_id": "x"} }, "$session_id"},
		"property type": {func(c *posthogexporter.Config) { c.Properties = map[string]any{"p": struct{}{}} }, "properties"},
		"proxy":         {func(c *posthogexporter.Config) { c.ClientConfig.ProxyURL = "http://ada:secret@%zz" }, "proxy_url: not a URL"},
		"content":       {func(c *posthogexporter.Config) { c.Content = "some" }, "use all, inputs, outputs or none"},
		"two contents":  {func(c *posthogexporter.Config) { c.Content, c.PrivacyMode = "all", true }, "content: all contradicts privacy_mode"},
		"redaction":     {func(c *posthogexporter.Config) { c.Redaction = []string{"emial"} }, `redaction: unknown redactor "emial": do you mean "email"?`},
		"no redaction":  {func(c *posthogexporter.Config) { c.WithoutRedaction = []string{"private_key"} }, `without_redaction: unknown redactor "private_key": do you mean`},
		"allowed":       {func(c *posthogexporter.Config) { c.AllowedProperties = []string{"*"} }, "allowed_properties"},
		"groups":        {func(c *posthogexporter.Config) { c.Groups = map[string]string{"company": ""} }, "groups: a group needs"},
		"session":       {func(c *posthogexporter.Config) { c.Session = []string{""} }, "session"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := defaultConfig()
			cfg.APIKey = "phc_x"
			test.change(cfg)
			err := cfg.Validate()
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "secret")
		})
	}
}

func TestPlainHTTPOnRequest(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.APIKey = "phc_x"
	cfg.ClientConfig.Endpoint = "http://posthog.internal:8000"
	cfg.ClientConfig.TLS.Insecure = true
	require.NoError(t, cfg.Validate())
}

// TestKeyDoesNotPrint marshals the config as the Collector does to print it.
func TestKeyDoesNotPrint(t *testing.T) {
	t.Parallel()
	cfg := defaultConfig()
	cfg.APIKey, cfg.Pseudonyms, cfg.HashedDistinctID = "phc_secret", "secret", "secret"
	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	require.NotContains(t, conf.ToStringMap(), "phc_secret")
	for _, key := range []string{"api_key", "pseudonyms", "hashed_distinct_id"} {
		require.Equal(t, "[REDACTED]", conf.ToStringMap()[key], key)
	}
}

func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	for _, settings := range []map[string]any{
		{"api_key": "phc_x", "privacymode": true},
		{"api_key": "phc_x", "tls": map[string]any{"insecure_skip_verfy": true}},
		{"api_key": "phc_x", "sending_queue": map[string]any{"size": 1}},
		{"api_key": "phc_x", "retry_on_failure": map[string]any{"max": 1}},
	} {
		require.ErrorContains(t, confmap.NewFromStringMap(settings).Unmarshal(defaultConfig()), "invalid keys", "%v", settings)
	}
}

func defaultConfig() *posthogexporter.Config {
	return posthogexporter.NewFactory().CreateDefaultConfig().(*posthogexporter.Config)
}

func load(t *testing.T, id string) *posthogexporter.Config {
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{filepath.Join("testdata", "config.yaml")},
		ProviderFactories: []confmap.ProviderFactory{fileprovider.NewFactory(), envprovider.NewFactory()},
		DefaultScheme:     "env",
	})
	require.NoError(t, err)
	conf, err := resolver.Resolve(t.Context())
	require.NoError(t, err)
	var cid component.ID
	require.NoError(t, cid.UnmarshalText([]byte(id)))
	sub, err := conf.Sub(cid.String())
	require.NoError(t, err)
	cfg := defaultConfig()
	require.NoError(t, sub.Unmarshal(cfg))
	return cfg
}
