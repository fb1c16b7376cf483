package exporter_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

var updateDocs = flag.Bool("update", false, "write the table in docs/configuration.md anew")

// setenv sets variables and takes all others of PostHog away.
func setenv(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "POSTHOG_") {
			t.Setenv(name, "")
		}
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
}

func TestNewFromEnv(t *testing.T) {
	srv := newServer(t)
	setenv(t, map[string]string{
		"POSTHOG_API_KEY":                " " + testKey + "\n",
		"POSTHOG_HOST":                   srv.URL,
		"POSTHOG_CAPTURE_MODE":           "V1",
		"POSTHOG_COMPRESSION":            "zstd",
		"POSTHOG_TIMEOUT":                "1h",
		"POSTHOG_RETRY_MAX_ELAPSED_TIME": "1m30s",
		"POSTHOG_MAX_EVENT_BYTES":        "16384",
		"POSTHOG_PROPERTIES":             "team=search, note=a%2Cb%3D,",
		"POSTHOG_CONTENT":                "Outputs",
		"POSTHOG_REDACTION":              "email",
	})
	exp, err := exporter.NewFromEnv()
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(1)))
	require.NoError(t, exp.Shutdown(t.Context()))
	event := srv.Events()[0]
	require.Equal(t, "/i/v1/ai/events", event.Path)
	require.Equal(t, testKey, event.APIKey)
	require.Equal(t, "search", event.Properties["team"])
	require.Equal(t, "a,b=", event.Properties["note"])
	require.Nil(t, event.Properties["$ai_input"])
	require.Equal(t, "zstd", srv.Requests()[0].Header.Get("Content-Encoding"))
}

func TestCodeWinsOverEnvironment(t *testing.T) {
	srv := newServer(t)
	setenv(t, map[string]string{
		"POSTHOG_API_KEY":    testKey,
		"POSTHOG_HOST":       "https://posthog.invalid",
		"POSTHOG_PROPERTIES": "team=search",
	})
	exp, err := exporter.NewFromEnv(exporter.WithHost(srv.URL), exporter.WithProperties(attribute.String("region", "eu")))
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(1)))
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Equal(t, "search", srv.Events()[0].Properties["team"])
	require.Equal(t, "eu", srv.Events()[0].Properties["region"])
}

func TestVariablesOfOTLPHaveNoEffect(t *testing.T) {
	other := posthogtest.NewServer()
	t.Cleanup(other.Close)
	srv := newServer(t)
	setenv(t, map[string]string{
		"POSTHOG_API_KEY": testKey, "POSTHOG_HOST": srv.URL,
		"OTEL_EXPORTER_OTLP_ENDPOINT": other.URL, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": other.URL + "/v1/traces",
		"OTEL_EXPORTER_OTLP_HEADERS": "authorization=secret", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
		"OTEL_EXPORTER_OTLP_TIMEOUT": "1", "OTEL_EXPORTER_OTLP_PROTOCOL": "nonsense",
		"OTEL_EXPORTER_OTLP_CERTIFICATE": "/missing.pem", "OTEL_EXPORTER_OTLP_INSECURE": "nonsense",
	})
	exp, err := exporter.NewFromEnv()
	require.NoError(t, err)
	require.NoError(t, exp.ExportSpans(t.Context(), newSpans(1)))
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Empty(t, other.Requests())
	require.Len(t, srv.Events(), 1)
	require.Equal(t, "gzip", srv.Requests()[0].Header.Get("Content-Encoding"))
}

func TestInvalidVariables(t *testing.T) {
	for _, tt := range []struct{ name, value, says string }{
		{"POSTHOG_API_KEY", " ", "POSTHOG_API_KEY is not set"},
		{"POSTHOG_API_KEY", "phx_hunter2", "POSTHOG_API_KEY: otelposthog: a key that begins with phx_"},
		{"POSTHOG_HOST", "eu.i.posthog.com/hunter2", "POSTHOG_HOST: the address must begin with https://"},
		{"POSTHOG_HOST", "http://posthog.example.com", "POSTHOG_HOST: plain http"},
		{"POSTHOG_INSECURE_HOST", "yes", `POSTHOG_INSECURE_HOST: "yes" is not known: want true or false`},
		{"POSTHOG_CAPTURE_MODE", "otlp", `POSTHOG_CAPTURE_MODE: "otlp" is not known: want auto, batch, ai or v1`},
		{"POSTHOG_COMPRESSION", "brotli", "POSTHOG_COMPRESSION: \"brotli\" is not known: want auto, none, gzip or zstd"},
		{"POSTHOG_COMPRESSION", "zstd", "POSTHOG_CAPTURE_MODE=v1"},
		{"POSTHOG_COMPRESSION", "phc_hunter2", "POSTHOG_COMPRESSION: the value (not shown)"},
		{"POSTHOG_TIMEOUT", "30", "POSTHOG_TIMEOUT: 30 has no unit: write 30s"},
		{"POSTHOG_TIMEOUT", "soon", `POSTHOG_TIMEOUT: "soon" is not a duration`},
		{"POSTHOG_TIMEOUT", "-1s", "POSTHOG_TIMEOUT: -1s is not positive"},
		{"POSTHOG_RETRY_MAX_ELAPSED_TIME", "0s", "POSTHOG_RETRY_MAX_ELAPSED_TIME: 0s is not positive"},
		{"POSTHOG_MAX_EVENT_BYTES", "1MB", `POSTHOG_MAX_EVENT_BYTES: "1MB" is not a whole number`},
		{"POSTHOG_MAX_EVENT_BYTES", "16383", "the least is 16384"},
		{"POSTHOG_PROPERTIES", "a=b,hunter2", "POSTHOG_PROPERTIES: pair 2 is not key=value"},
		{"POSTHOG_PROPERTIES", "a=%hunter2", "POSTHOG_PROPERTIES: pair 1 has a broken % escape"},
		{"POSTHOG_PROPERTIES", ",", "POSTHOG_PROPERTIES: there is no pair"},
		{"POSTHOG_PROPERTIES", "$session_id=hunter2", "POSTHOG_PROPERTIES: $session_id is reserved"},
		{"POSTHOG_CONTENT", "some", `POSTHOG_CONTENT: "some" is not known: want all, inputs, outputs or none`},
		{"POSTHOG_REDACTION", "email,names", `POSTHOG_REDACTION: "names" is not known: want `},
	} {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			setenv(t, map[string]string{"POSTHOG_API_KEY": testKey, tt.name: tt.value})
			exp, err := exporter.NewFromEnv()
			require.Nil(t, exp)
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), testKey)
		})
	}
}

func TestAllInvalidVariablesAtOnce(t *testing.T) {
	setenv(t, map[string]string{"POSTHOG_API_KEY": "", "POSTHOG_TIMEOUT": "30", "POSTHOG_HOST": "nowhere"})
	_, err := exporter.NewFromEnv()
	require.ErrorIs(t, err, exporter.ErrNoAPIKey)
	require.ErrorContains(t, err, "POSTHOG_API_KEY")
	require.ErrorContains(t, err, "POSTHOG_TIMEOUT")
	require.ErrorContains(t, err, "POSTHOG_HOST")
}

// TestEnvironmentTable compares docs/configuration.md with the code.
func TestEnvironmentTable(t *testing.T) {
	t.Parallel()
	const file = "../docs/configuration.md"
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	table := regexp.MustCompile(`(?m)^\| variable \| default \| values \|\n(\|.*\n)+`)
	require.Regexp(t, table, string(page))
	if *updateDocs {
		page = table.ReplaceAllLiteral(page, []byte(exporter.EnvironmentTable()))
		require.NoError(t, os.WriteFile(file, page, 0o644))
	}
	require.Equal(t, exporter.EnvironmentTable(), string(table.Find(page)), "go test ./exporter -run EnvironmentTable -update writes the table anew")
}

func ExampleNewFromEnv() {
	// Where the service runs: POSTHOG_API_KEY=phc_... POSTHOG_HOST=https://eu.i.posthog.com
	exp, err := exporter.NewFromEnv()
	if err != nil {
		fmt.Println(err) // it names the variable
		return
	}
	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(
		processor.New(sdktrace.NewBatchSpanProcessor(exp))))
	defer func() { _ = tp.Shutdown(context.Background()) }()
}
