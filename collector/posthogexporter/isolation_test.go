package posthogexporter_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// ofTenant returns one LLM call of a tenant, the nth.
func ofTenant(name string, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("tenant.id", name)
	s := newSpan(rs.ScopeSpans().AppendEmpty().Spans(), 1, "gen_ai.call")
	var id pcommon.TraceID
	binary.BigEndian.PutUint64(id[:], uint64(n)+1)
	copy(id[8:], name)
	s.SetTraceID(id)
	return td
}

func tenantsConfig(server *posthogtest.Server) *posthogexporter.Config {
	cfg := config(server)
	cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true})
	withQueue(cfg)
	quickRetry(cfg)
	cfg.RetryConfig.MaxElapsedTime = 0
	cfg.Capture = "v1" // The key is in a header there, so that faults can look at it.
	cfg.RetryAlso = []string{"rate_limited"}
	return cfg
}

// TestTenantsAreApart has tenants whose projects refuse, throttle, have no quota, or
// hang, beside one that works: nothing of that one is late or lost, and what can be
// stored of the others is, in the end.
func TestTenantsAreApart(t *testing.T) {
	t.Parallel()
	for _, storage := range []bool{false, true} {
		t.Run(fmt.Sprint("on disk ", storage), func(t *testing.T) {
			t.Parallel()
			var healed atomic.Bool
			server := newServer(t, posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
				if healed.Load() {
					return posthogtest.Fault{}
				}
				switch {
				case strings.HasPrefix(keyOf(r), "phc_hangs"):
					return posthogtest.SlowHeaders(time.Hour)
				case keyOf(r) == "phc_wrong":
					return posthogtest.Status(401)
				case keyOf(r) == "phc_throttled":
					return posthogtest.Status(429).RetryAfter("1")
				case keyOf(r) == "phc_poor":
					return posthogtest.Status(402)
				case keyOf(r) == "phc_down":
					return posthogtest.Status(503)
				}
				return posthogtest.Fault{}
			}))
			cfg := tenantsConfig(server)
			cfg.ClientConfig.Timeout = 2 * time.Second
			host := newHost(t, storage, cfg)
			reader := sdkmetric.NewManualReader()
			set := settings()
			set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
			exp := startOn(t, host, cfg, set)
			bad := []string{"phc_wrong", "phc_throttled", "phc_poor", "phc_down"}
			for i := range 20 {
				bad = append(bad, fmt.Sprint("phc_hangs", i))
			}
			const each = 50
			for n := range each {
				for _, tenant := range bad {
					require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant(tenant, n)))
				}
				require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_works", n)))
			}
			stored(t, server, "phc_works", each)
			healed.Store(true)
			for _, tenant := range bad[1:] {
				if tenant != "phc_poor" {
					stored(t, server, tenant, each)
				}
			}
			require.Zero(t, count(server, "phc_wrong"))
			require.EqualValues(t, 2*each, sum(t, reader, "otelcol_exporter_posthog_spans_lost"), "of the refused and the poor tenant, and of nobody else")
		})
	}
}

// TestMadeUpTenants has a stranger who sends more keys than are remembered: those that
// are real are served, before and after.
func TestMadeUpTenants(t *testing.T) {
	t.Parallel()
	server := newServer(t, posthogtest.WithFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		if strings.HasPrefix(keyOf(r), "phc_madeup") {
			return posthogtest.Status(401)
		}
		return posthogtest.Fault{}
	}))
	cfg := tenantsConfig(server)
	cfg.Tenants.MaxTenants = 100
	exp := newExporter(t, cfg, settings())
	require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_real", 0)))
	stored(t, server, "phc_real", 1)
	for i := range 1000 {
		require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant(fmt.Sprint("phc_madeup", i), 0)))
		if i%100 == 0 {
			require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_real", 1+i/100)))
		}
	}
	stored(t, server, "phc_real", 11)
	require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_new", 0)))
	stored(t, server, "phc_new", 1)
}

// TestTenantsSurviveRestart leaves spans of two tenants on disk.
func TestTenantsSurviveRestart(t *testing.T) {
	t.Parallel()
	server := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.Status(503) }))
	cfg := tenantsConfig(server)
	cfg.ShutdownTimeout = time.Second
	host := newHost(t, true, cfg)
	set := settings() // It has an id, by which the queue is found again.
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), host))
	for n := range 20 {
		require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_a", n)))
		require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_b", n)))
	}
	require.NoError(t, exp.Shutdown(t.Context()))
	server.SetFaultFunc(nil)
	startOn(t, host, cfg, set)
	stored(t, server, "phc_a", 20)
	stored(t, server, "phc_b", 20)
}

// TestDeadLetters keeps what PostHog refuses for good.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	server.SetFaults(posthogtest.Status(401))
	cfg := config(server)
	cfg.DeadLetter.Path = filepath.Join(t.TempDir(), "refused.jsonl")
	reader := sdkmetric.NewManualReader()
	set := settings()
	set.MeterProvider = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	require.Error(t, newExporter(t, cfg, set).ConsumeTraces(t.Context(), calls(2)))
	data, err := os.ReadFile(cfg.DeadLetter.Path)
	require.NoError(t, err)
	td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(data)
	require.NoError(t, err)
	require.Equal(t, 2, td.SpanCount())
	require.Zero(t, sum(t, reader, "otelcol_exporter_posthog_spans_lost"))
	require.EqualValues(t, 2, sum(t, reader, "otelcol_exporter_posthog_spans_dead_lettered"))
	info, err := os.Stat(cfg.DeadLetter.Path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	cfg.DeadLetter.MaxBytes = info.Size() + 10
	server.SetFaults(posthogtest.Status(401))
	require.Error(t, newExporter(t, cfg, set).ConsumeTraces(t.Context(), calls(2)))
	require.EqualValues(t, 2, sum(t, reader, "otelcol_exporter_posthog_spans_lost"), "the file is full")
}

// TestRetryAlso waits a refusal out that the settings name.
func TestRetryAlso(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	server.SetFaults(posthogtest.Status(401), posthogtest.Status(429), posthogtest.QuotaLimited())
	cfg := config(server)
	cfg.RetryAlso = []string{"unauthorized", "rate_limited", "over_quota"}
	quickRetry(cfg)
	require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(2)))
	require.Len(t, server.Events(), 2)
}

// TestShutdownInTime has a PostHog that hangs.
func TestShutdownInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer hanging.Close()
	defer close(release)
	for _, tenants := range []bool{false, true} {
		cfg := defaultConfig()
		cfg.APIKey = "phc_default"
		cfg.ClientConfig.Endpoint = hanging.URL
		cfg.ClientConfig.Timeout = time.Hour
		cfg.ShutdownTimeout = 100 * time.Millisecond
		if tenants {
			cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true})
		}
		exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), settings(), cfg)
		require.NoError(t, err)
		require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
		for n := range 50 {
			require.NoError(t, exp.ConsumeTraces(t.Context(), ofTenant("phc_a", n)))
		}
		_ = exp.Shutdown(t.Context()) // It may say that spans are lost; the test is that it returns.
	}
}

// TestStatus tells health checks of trouble, and of its end.
func TestStatus(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	server.SetFaults(posthogtest.Status(401), posthogtest.Status(503))
	host := &reportingHost{Host: componenttest.NewNopHost()}
	exp := startOn(t, host, config(server), settings())
	require.Error(t, exp.ConsumeTraces(t.Context(), calls(1)))
	require.Error(t, exp.ConsumeTraces(t.Context(), calls(1)))
	require.NoError(t, exp.ConsumeTraces(t.Context(), calls(1)))
	require.NoError(t, exp.ConsumeTraces(t.Context(), calls(1)))
	require.Equal(t, []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}, host.seen)
	require.ErrorContains(t, host.errs[0], "unauthorized")
}

func TestMissingStorage(t *testing.T) {
	t.Parallel()
	for _, tenants := range []bool{false, true} {
		cfg := defaultConfig()
		cfg.APIKey = "phc_default"
		id := component.MustNewID("file_storage")
		cfg.QueueConfig.Get().StorageID = &id
		if tenants {
			cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true})
		}
		exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), settings(), cfg)
		require.NoError(t, err)
		require.ErrorContains(t, exp.Start(t.Context(), componenttest.NewNopHost()), "there is no extension file_storage")
		require.NoError(t, exp.Shutdown(t.Context()))
	}
}

// TestMemoryOfTenants bounds the memory of many tenants. TENANTS=10000 makes it the
// measurement of the README.
func TestMemoryOfTenants(t *testing.T) {
	n := 1000
	if text := os.Getenv("TENANTS"); text != "" {
		_, err := fmt.Sscan(text, &n)
		require.NoError(t, err)
	}
	var got atomic.Int64
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		got.Add(1)
		_, _ = io.WriteString(w, `{"status":"Ok"}`)
	}))
	defer sink.Close()
	cfg := defaultConfig()
	cfg.ClientConfig.Endpoint = sink.URL
	cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byAttribute), ValueIsKey: true})
	cfg.Tenants.MaxTenants = n
	exp := newExporter(t, cfg, settings())
	for i := range n {
		for exp.ConsumeTraces(t.Context(), ofTenant(fmt.Sprint("phc_", i), 0)) != nil {
			time.Sleep(time.Millisecond)
		}
	}
	require.Eventually(t, func() bool { return got.Load() >= int64(n) }, 5*time.Minute, 10*time.Millisecond)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d tenants: %d MB in use, %d MB from the system", n, m.HeapInuse>>20, m.Sys>>20)
	require.Less(t, m.HeapInuse, uint64(300<<20))
}

// host has a storage extension.
func newHost(t *testing.T, disk bool, cfg *posthogexporter.Config) component.Host {
	if !disk {
		return componenttest.NewNopHost()
	}
	factory := filestorage.NewFactory()
	settings := factory.CreateDefaultConfig().(*filestorage.Config)
	settings.Directory = t.TempDir()
	extension, err := factory.Create(t.Context(), extensiontest.NewNopSettings(factory.Type()), settings)
	require.NoError(t, err)
	require.NoError(t, extension.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { require.NoError(t, extension.Shutdown(context.Background())) })
	id := component.MustNewID("file_storage")
	cfg.QueueConfig.Get().StorageID = &id
	return storageHost{componenttest.NewNopHost(), map[component.ID]component.Component{id: extension}}
}

type storageHost struct {
	component.Host
	extensions map[component.ID]component.Component
}

func (h storageHost) GetExtensions() map[component.ID]component.Component { return h.extensions }

type reportingHost struct {
	component.Host
	mu   sync.Mutex
	seen []componentstatus.Status
	errs []error
}

func (h *reportingHost) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen = append(h.seen, e.Status())
	h.errs = append(h.errs, e.Err())
}

func startOn(t *testing.T, host component.Host, cfg *posthogexporter.Config, set exporter.Settings) exporter.Traces {
	require.NoError(t, cfg.Validate())
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), set, cfg)
	require.NoError(t, err)
	require.NoError(t, exp.Start(t.Context(), host))
	t.Cleanup(func() { require.NoError(t, exp.Shutdown(context.Background())) })
	return exp
}

// stored waits until so many spans of a project are stored.
func stored(t *testing.T, server *posthogtest.Server, key string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, errors.New(key))
	defer cancel()
	for count(server, key) < n {
		require.NoError(t, context.Cause(ctx), "%d of %d are stored", count(server, key), n)
		time.Sleep(5 * time.Millisecond)
	}
	require.Equal(t, n, count(server, key))
}

func keyOf(r posthogtest.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// count returns how many spans of a project are stored.
func count(server *posthogtest.Server, key string) int {
	ids := map[any]bool{}
	for _, e := range server.Events() {
		if e.APIKey == key {
			ids[e.UUID] = true
		}
	}
	return len(ids)
}

// TestWarnsAboutMetadata has a receiver that does not tell headers.
func TestWarnsAboutMetadata(t *testing.T) {
	t.Parallel()
	logs, observed := observer.New(zap.WarnLevel)
	set := settings()
	set.Logger = zap.New(logs)
	cfg := config(newServer(t))
	cfg.Tenants = bounded(posthogexporter.TenantsConfig{From: sources(byHeader), Keys: keys})
	exp := newExporter(t, cfg, set)
	for range 3 {
		require.NoError(t, exp.ConsumeTraces(t.Context(), calls(1)))
	}
	require.Equal(t, 1, observed.FilterMessageSnippet("include_metadata: true").Len())
}

// TestFullQueueIsToldOnce has a queue that refuses many requests.
func TestFullQueueIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, tenants := range []bool{false, true} {
		server := newServer(t, posthogtest.WithFaultFunc(func(posthogtest.Request) posthogtest.Fault { return posthogtest.Status(503) }))
		logs, observed := observer.New(zap.WarnLevel)
		set := settings()
		set.Logger = zap.New(logs)
		cfg := config(server)
		if tenants {
			cfg = tenantsConfig(server)
		}
		withQueue(cfg)
		quickRetry(cfg)
		cfg.ShutdownTimeout = 100 * time.Millisecond
		cfg.QueueConfig.Get().QueueSize = 1_000_000
		exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), set, cfg)
		require.NoError(t, err)
		require.NoError(t, exp.Start(t.Context(), componenttest.NewNopHost()))
		refused := 0
		for n := range 100 {
			td := ofTenant("phc_a", n)
			td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("gen_ai.prompt", strings.Repeat("x", 100_000))
			if exp.ConsumeTraces(t.Context(), td) != nil {
				refused++
			}
		}
		require.Greater(t, refused, 50)
		require.Equal(t, 1, observed.FilterMessageSnippet("The queue is full").Len()+observed.FilterMessageSnippet("Rejecting data").Len())
		_ = exp.Shutdown(t.Context()) // It says that spans are lost.
	}
}
