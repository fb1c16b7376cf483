package exporter_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter"
)

func TestInvalidOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opt  exporter.Option
		says string
	}{
		{"host without scheme", exporter.WithHost("us.i.posthog.com"), "must begin with https://"},
		{"host with port, without scheme", exporter.WithHost("localhost:8000"), "must begin with https://"},
		{"no host", exporter.WithHost("https://"), "has no host"},
		{"empty host", exporter.WithHost(""), "must begin with https://"},
		{"other scheme", exporter.WithHost("ftp://us.i.posthog.com"), "must begin with https://"},
		{"no URL", exporter.WithHost("https://user:hunter2@[::1/%zz"), "not a URL"},
		{"port 0", exporter.WithHost("https://us.i.posthog.com:0"), "port"},
		{"port 65536", exporter.WithHost("https://user:hunter2@us.i.posthog.com:65536"), "port"},
		{"query", exporter.WithHost("https://us.i.posthog.com/?key=hunter2"), "query"},
		{"fragment", exporter.WithHost("https://us.i.posthog.com/#hunter2"), "fragment"},
		{"plain http", exporter.WithHost("http://posthog.example.com"), "WithInsecureHost"},
		{"an endpoint", exporter.WithHost("https://us.i.posthog.com/batch/"), "leave the endpoint /batch out"},
		{"the AI endpoint", exporter.WithHost("https://us.i.posthog.com/i/v0/ai/batch"), "leave the endpoint /i/v0/ai/batch out"},
		{"mode", exporter.WithCaptureMode("otlp"), `WithCaptureMode("otlp")`},
		{"empty mode", exporter.WithCaptureMode(""), `WithCaptureMode("")`},
		{"compression", exporter.WithCompression("brotli"), `WithCompression("brotli")`},
		{"zstd on v0", exporter.WithCompression(exporter.CompressionZstd), "needs WithCaptureMode(CaptureV1)"},
		{"no client", exporter.WithHTTPClient(nil), "WithHTTPClient(nil)"},
		{"no timeout", exporter.WithTimeout(0), "WithTimeout(0s)"},
		{"negative timeout", exporter.WithTimeout(-time.Second), "WithTimeout(-1s)"},
		{"negative retry", exporter.WithRetry(exporter.RetryConfig{MaxElapsedTime: -1}), "MaxElapsedTime must not be negative"},
		{"retry intervals", exporter.WithRetry(exporter.RetryConfig{InitialInterval: time.Minute}), "MaxInterval 10s is less than InitialInterval 1m0s"},
		{"tiny events", exporter.WithMaxEventBytes(16<<10 - 1), "the least is 16384"},
		{"no size", exporter.WithMaxEventBytes(0), "the least is 16384"},
		{"no filter", exporter.WithFilter(nil), "WithFilter(nil)"},
		{"property without key", exporter.WithProperties(attribute.String("", "x")), "has no key"},
		{"property without value", exporter.WithProperties(attribute.KeyValue{Key: "app.x"}), "app.x has no value"},
		{"one session for all", exporter.WithProperties(attribute.String("$session_id", "x")), "$session_id is reserved: it cannot be the same"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			exp, err := exporter.New(testKey, tt.opt)
			require.Nil(t, exp)
			require.ErrorContains(t, err, tt.says)
			require.ErrorContains(t, err, "otelposthog: ")
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), testKey)
		})
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := exporter.New(" ", exporter.WithTimeout(0), exporter.WithCaptureMode("x"), nil)
	require.ErrorIs(t, err, exporter.ErrNoAPIKey)
	require.Equal(t, 3, len(strings.Split(err.Error(), "\n")))
}

func TestValidOptions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		opts []exporter.Option
		log  string
	}{
		{"default", nil, "{otelposthog {https://us.i.posthog.com auto}}"},
		{"nil option", []exporter.Option{nil}, "{otelposthog {https://us.i.posthog.com auto}}"},
		{"eu", []exporter.Option{exporter.WithHost("https://eu.i.posthog.com/")}, "{otelposthog {https://eu.i.posthog.com/ auto}}"},
		{"the address in the browser", []exporter.Option{exporter.WithHost("https://app.posthog.com")}, "{otelposthog {https://us.i.posthog.com auto}}"},
		{"the European one", []exporter.Option{exporter.WithHost("https://eu.posthog.com/project/1")}, "{otelposthog {https://eu.i.posthog.com auto}}"},
		{"prefix and port", []exporter.Option{exporter.WithHost("https://example.com:8443/ingest")}, "{otelposthog {https://example.com:8443/ingest auto}}"},
		{"password", []exporter.Option{exporter.WithHost("https://joe:hunter2@example.com")}, "{otelposthog {https://example.com auto}}"},
		{"loopback", []exporter.Option{exporter.WithHost("http://localhost:8000")}, "{otelposthog {http://localhost:8000 auto}}"},
		{"loopback 6", []exporter.Option{exporter.WithHost("http://[::1]:8000")}, "{otelposthog {http://[::1]:8000 auto}}"},
		{"insecure", []exporter.Option{exporter.WithHost("http://posthog:8000"), exporter.WithInsecureHost()}, "{otelposthog {http://posthog:8000 auto}}"},
		{"v1", []exporter.Option{exporter.WithCompression(exporter.CompressionZstd), exporter.WithCaptureMode(exporter.CaptureV1)}, "{otelposthog {https://us.i.posthog.com v1}}"},
		{"more than the limit", []exporter.Option{exporter.WithMaxEventBytes(math.MaxInt)}, "{otelposthog {https://us.i.posthog.com auto}}"},
		{"no meter provider", []exporter.Option{exporter.WithMeterProvider(nil)}, "{otelposthog {https://us.i.posthog.com auto}}"},
		{"the last counts", []exporter.Option{exporter.WithTimeout(0), exporter.WithTimeout(1)}, "{otelposthog {https://us.i.posthog.com auto}}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			exp, err := exporter.New(testKey+"\n", tt.opts...)
			require.NoError(t, err)
			require.Equal(t, tt.log, fmt.Sprint(exp.MarshalLog()))
			require.NoError(t, exp.Shutdown(t.Context()))
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for key, says := range map[string]string{
		"":                         "no API key",
		" \n\t":                    "no API key",
		"phx_0123456789secret":     "use the project API key",
		"phs_0123456789secret":     "use the project API key",
		"phc_01234 56789secret":    "characters that no key has",
		"phc_0123456789secret\x00": "characters that no key has",
		"phc_0123456789secretü":    "characters that no key has",
	} {
		_, err := exporter.New(key)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "secret")
		require.Equal(t, says == "no API key", err == exporter.ErrNoAPIKey) //nolint:errorlint // it is this very error
	}
}

type enqueuer struct{}

func (*enqueuer) Enqueue(posthog.Message) error { return nil }

func TestNilWaysOut(t *testing.T) {
	t.Parallel()
	var client *enqueuer
	for _, c := range []posthog.EnqueueClient{nil, client, posthog.Client(nil)} {
		_, err := exporter.NewWithClient(c)
		require.ErrorContains(t, err, "NewWithClient needs a posthog-go client")
	}
	var file *os.File
	for _, w := range []io.Writer{nil, file} {
		_, err := exporter.NewWriter(w)
		require.ErrorContains(t, err, "NewWriter needs a writer")
	}
}

// TestOptionsOfOtherConstructors: an option that would do nothing does not
// compile, because whoever sets it expects something.
func TestOptionsOfOtherConstructors(t *testing.T) {
	t.Parallel()
	type fits struct{ direct, client, writer bool }
	for name, tt := range map[string]struct {
		opt  any
		want fits
	}{
		"WithHost":          {exporter.WithHost("https://us.i.posthog.com"), fits{true, false, false}},
		"WithInsecureHost":  {exporter.WithInsecureHost(), fits{true, false, false}},
		"WithCaptureMode":   {exporter.WithCaptureMode(exporter.CaptureBatch), fits{true, false, false}},
		"WithCompression":   {exporter.WithCompression(exporter.CompressionNone), fits{true, false, false}},
		"WithHTTPClient":    {exporter.WithHTTPClient(&http.Client{}), fits{true, false, false}},
		"WithTimeout":       {exporter.WithTimeout(time.Second), fits{true, false, false}},
		"WithRetry":         {exporter.WithRetry(exporter.RetryConfig{}), fits{true, true, false}},
		"WithoutRetry":      {exporter.WithoutRetry(), fits{true, true, false}},
		"WithMaxEventBytes": {exporter.WithMaxEventBytes(20_000), fits{true, true, true}},
		"WithMeterProvider": {exporter.WithMeterProvider(nil), fits{true, true, true}},
		"WithProperties":    {exporter.WithProperties(), fits{true, true, true}},
		"WithFilter":        {exporter.WithFilter(nil), fits{true, true, true}},
		"WithPrivacyMode":   {exporter.WithPrivacyMode(), fits{true, true, true}},
		"WithoutRedaction":  {exporter.WithoutRedaction(), fits{true, true, true}},
		"WithContent":       {exporter.WithContent(exporter.ContentAll), fits{true, true, true}},
		"WithRedaction":     {exporter.WithRedaction("email"), fits{true, true, true}},
		"WithBeforeSend":    {exporter.WithBeforeSend(nil), fits{true, true, true}},
		"WithExplanations":  {exporter.WithExplanations(), fits{false, false, true}},
	} {
		var got fits
		_, got.direct = tt.opt.(exporter.Option)
		_, got.client = tt.opt.(exporter.ClientOption)
		_, got.writer = tt.opt.(exporter.WriterOption)
		require.Equal(t, tt.want, got, name)
	}
	_, err := exporter.NewWithClient(&enqueuer{}, nil, quick, exporter.WithoutRetry(), exporter.WithMaxEventBytes(20_000), exporter.WithPrivacyMode())
	require.NoError(t, err)
	_, err = exporter.NewWriter(io.Discard, nil, exporter.WithMaxEventBytes(1))
	require.ErrorContains(t, err, "WithMaxEventBytes(1)")
}
