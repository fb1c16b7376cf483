package otelconf_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/contrib/otelconf"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

const session = "0197c2a0-0000-7000-8000-000000000000"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clean takes all variables of OpenTelemetry and PostHog away.
func clean(t *testing.T) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "POSTHOG_") || strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "") // so that it comes back
			require.NoError(t, os.Unsetenv(name))
		}
	}
}

// service is a program that is set up by a file.
type service struct {
	*otelconf.SDK
}

func start(t *testing.T) service {
	t.Helper()
	sdk, err := otelconf.New(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sdk.Shutdown(t.Context())) })
	return service{sdk}
}

func (s service) options() []otelhttp.Option {
	return []otelhttp.Option{otelhttp.WithTracerProvider(s.TracerProvider()), otelhttp.WithMeterProvider(s.MeterProvider()), otelhttp.WithPropagators(s.Propagator())}
}

func (s service) serve(t *testing.T, edge bool, handler http.HandlerFunc) string {
	h := otelhttp.NewHandler(handler, "serve", s.options()...)
	if edge {
		h = s.Handler(h)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// call makes a request to another service within one that came in.
func (s service) call(t *testing.T, r *http.Request, url string) {
	client := http.Client{Transport: s.Transport(otelhttp.NewTransport(&http.Transport{DisableKeepAlives: true}, s.options()...))}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}

// journey sends a browser's request through two services, of which the second
// calls a model and a stranger. It returns what the stranger got.
func journey(t *testing.T) (seen http.Header) {
	t.Helper()
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Clone() }))
	defer stranger.Close()
	gateway, assistant := start(t), start(t)
	assistantURL := assistant.serve(t, false, func(_ http.ResponseWriter, r *http.Request) {
		_, span := assistant.TracerProvider().Tracer("test").Start(r.Context(), "chat gpt-5")
		span.SetAttributes(attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"),
			attribute.String("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"hello"}]}]`))
		span.End()
		assistant.call(t, r, strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1))
	})
	gatewayURL := gateway.serve(t, true, func(_ http.ResponseWriter, r *http.Request) { gateway.call(t, r, assistantURL) })

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, gatewayURL, nil)
	require.NoError(t, err)
	req.Header.Set("X-POSTHOG-SESSION-ID", session)
	req.Header.Set("X-POSTHOG-DISTINCT-ID", "ada")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.NoError(t, gateway.Shutdown(t.Context()))
	require.NoError(t, assistant.Shutdown(t.Context()))
	return seen
}

// TestSamples starts two services with each sample file.
func TestSamples(t *testing.T) {
	clean(t)
	var mu sync.Mutex
	var otlp strings.Builder
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		otlp.Write(body)
	}))
	defer receiver.Close()
	files, err := filepath.Glob("samples/*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			srv := posthogtest.Start(t)
			t.Setenv("OTEL_CONFIG_FILE", file)
			t.Setenv("POSTHOG_API_KEY", "phc_test")
			t.Setenv("POSTHOG_HOST", srv.URL)
			t.Setenv("TRUSTED_HOSTS", "127.0.0.1")
			t.Setenv("PERSON_SECRET", "a secret of the test")
			t.Setenv("OTLP_ENDPOINT", receiver.URL+"/v1/traces")
			seen := journey(t)
			require.Equal(t, file, os.Getenv("OTEL_CONFIG_FILE"), "it is there again")

			posthogtest.AssertSession(t, srv.Events(), session)
			require.Contains(t, posthogtest.Tree(srv.Events()), "generation chat gpt-5")
			require.Empty(t, srv.Warnings())
			require.NotContains(t, seen.Get("Baggage"), session, "a stranger gets no session")
			require.NotEmpty(t, seen.Get("Traceparent"))

			generation := srv.Events()[0]
			for _, e := range srv.Events() {
				if e.Name == "$ai_generation" {
					generation = e
				}
			}
			switch filepath.Base(file) {
			case "beside-otlp.yaml":
				require.Equal(t, "search", generation.Properties["team"])
				mu.Lock()
				defer mu.Unlock()
				require.Contains(t, otlp.String(), session)
				require.Contains(t, otlp.String(), "assistant", "the service name of the file")
			case "private.yaml":
				require.Nil(t, generation.Properties["$ai_input"])
				require.NotEqual(t, "ada", generation.DistinctID)
				require.Equal(t, map[string]any{"company": "acme"}, generation.Properties["$groups"])
			default:
				require.NotNil(t, generation.Properties["$ai_input"])
				require.Equal(t, "ada", generation.DistinctID)
			}
		})
	}
}

func yamlFor(t *testing.T, rest string) string {
	srv := posthogtest.Start(t)
	return "file_format: \"1.0\"\n" + rest + "tracer_provider:\n  processors:\n    - posthog: {exporter: {api_key: phc_test, endpoint: \"" + srv.URL + "\"}}\n"
}

func TestDisabled(t *testing.T) {
	clean(t)
	sdk, err := otelconf.NewFromYAML(t.Context(), []byte(yamlFor(t, "disabled: true\n")))
	require.NoError(t, err)
	_, span := sdk.TracerProvider().Tracer("test").Start(t.Context(), "x")
	require.False(t, span.IsRecording())
	require.NoError(t, sdk.Shutdown(t.Context()))
}

func TestWithoutPostHog(t *testing.T) {
	clean(t)
	sdk, err := otelconf.NewFromYAML(t.Context(), []byte("file_format: \"1.0\"\n"))
	require.NoError(t, err)
	require.NotNil(t, sdk.Propagator())
	require.NotNil(t, sdk.LoggerProvider())
	require.NotNil(t, sdk.Handler(http.NotFoundHandler()))
	require.NoError(t, sdk.Shutdown(t.Context()))
	require.NoError(t, sdk.Shutdown(t.Context()), "a second time")
}

// A program may defer Shutdown before it looks at the error of New.
func TestNoSDK(t *testing.T) {
	var failed *otelconf.SDK
	require.NoError(t, failed.Shutdown(t.Context()))
	require.NoError(t, new(otelconf.SDK).Shutdown(t.Context()))
}

// TestVariableAddsNoKeys: the text of a variable is a value and nothing else.
func TestVariableAddsNoKeys(t *testing.T) {
	clean(t)
	t.Setenv("EVIL", "a\"\n        privacy: {content: none}\ndisabled: true\n#")
	text := strings.Replace(yamlFor(t, ""), "api_key: phc_test", `api_key: phc_test, properties: {evil: "${EVIL}"}`, 1)
	sdk, err := otelconf.NewFromYAML(t.Context(), []byte(text))
	require.NoError(t, err)
	_, span := sdk.TracerProvider().Tracer("test").Start(t.Context(), "x")
	require.True(t, span.IsRecording())
	require.NoError(t, sdk.Shutdown(t.Context()))
}

func TestFileVariable(t *testing.T) {
	clean(t)
	_, err := otelconf.New(t.Context())
	require.ErrorContains(t, err, "OTEL_CONFIG_FILE is not set")
	t.Setenv("OTEL_CONFIG_FILE", "missing.yaml")
	_, err = otelconf.New(t.Context())
	require.ErrorContains(t, err, "missing.yaml")
	name := filepath.Join(t.TempDir(), "otel.yaml")
	require.NoError(t, os.WriteFile(name, []byte("a: b"), 0o600))
	t.Setenv("OTEL_CONFIG_FILE", name)
	_, err = otelconf.New(t.Context())
	require.ErrorContains(t, err, "otel.yaml: otelposthog: line 1: file_format")
}
