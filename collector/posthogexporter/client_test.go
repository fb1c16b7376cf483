package posthogexporter_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/confmap"

	"github.com/otelposthog/otelposthog-go/collector/posthogexporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	server := newServer(t, posthogtest.WithTLS())
	cfg := config(server)
	require.ErrorContains(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(1)), "tls::ca_file")

	trusting := config(server)
	trusting.ClientConfig.TLS.CAPem = configopaque.String(pemOf(server))
	require.NoError(t, newExporter(t, trusting, settings()).ConsumeTraces(t.Context(), calls(1)))
	require.Len(t, server.Events(), 1)
}

// TestProxy sends through a proxy, and to one that is not there.
func TestProxy(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	var asked atomic.Pointer[url.URL]
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		asked.Store(r.In.URL)
		r.SetURL(&url.URL{Scheme: "http", Host: target.Host})
	}})
	defer proxy.Close()
	cfg := config(server)
	cfg.ClientConfig.Endpoint = "http://posthog.internal:8000"
	cfg.ClientConfig.TLS.Insecure = true
	cfg.ClientConfig.ProxyURL = proxy.URL
	require.NoError(t, newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(1)))
	require.Len(t, server.Events(), 1)
	require.Equal(t, "posthog.internal:8000", asked.Load().Host)

	proxy.Close()
	cfg.ClientConfig.ProxyURL = strings.Replace(proxy.URL, "http://", "http://ada:secret@", 1)
	err = newExporter(t, cfg, settings()).ConsumeTraces(t.Context(), calls(1))
	require.ErrorContains(t, err, "proxy_url")
	require.NotContains(t, err.Error(), "secret")
}

// TestAuth has an extension that signs requests, as those of contrib do.
func TestAuth(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	id := component.MustNewID("signer")
	cfg := config(server)
	require.NoError(t, confmap.NewFromStringMap(map[string]any{"auth": map[string]any{"authenticator": "signer"}}).Unmarshal(cfg))
	exp, err := posthogexporter.NewFactory().CreateTraces(t.Context(), settings(), cfg)
	require.NoError(t, err)
	require.ErrorContains(t, exp.Start(t.Context(), componenttest.NewNopHost()), "signer")
	require.NoError(t, exp.Start(t.Context(), hostWith{id: signer{}}))
	require.NoError(t, exp.ConsumeTraces(t.Context(), calls(1)))
	require.NoError(t, exp.Shutdown(t.Context()))
	require.NoError(t, exp.Shutdown(t.Context()), "a second time")
	require.Equal(t, "Bearer of the gateway", server.Requests()[0].Header.Get("Authorization"))
	require.Equal(t, "phc_default", server.Events()[0].APIKey)
}

type hostWith map[component.ID]component.Component

func (h hostWith) GetExtensions() map[component.ID]component.Component { return h }

// signer is an extension for the authentication of HTTP clients.
type signer struct {
	component.StartFunc
	component.ShutdownFunc
}

func (signer) RoundTripper(base http.RoundTripper) (http.RoundTripper, error) {
	return signed{base}, nil
}

type signed struct{ base http.RoundTripper }

func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer of the gateway")
	return s.base.RoundTrip(r)
}
