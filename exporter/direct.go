package exporter

import (
	"net"
	"net/http"
	"time"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
)

// newCapture returns PostHog's capture API as a sink.
func newCapture(key string, cfg config) sink {
	s := sink{shown: struct{ Host, Mode string }{cfg.host.url.String(), string(cfg.mode)}}
	client := cfg.httpClient
	if client == nil { // that of the user stays open
		client = &http.Client{Transport: newTransport()}
		s.close = client.CloseIdleConnections
	}
	s.sender = capture.New(capture.Config{
		Host:        cfg.host.url,
		User:        cfg.host.user,
		APIKey:      key,
		Mode:        capture.Mode(cfg.mode),
		Compression: capture.Compression(cfg.compression),
		HTTP:        client,
		Timeout:     cfg.timeout,
		Retry: capture.Retry{
			Initial: cfg.retry.InitialInterval, Max: cfg.retry.MaxInterval, MaxElapsed: cfg.retry.MaxElapsedTime, Off: cfg.withoutRetry,
		},
		MaxEventBytes: cfg.maxEventBytes,
		SDK:           "otelposthog-go/" + otelposthog.Version,
		Retrying:      new(notices).retrying,
	})
	return s
}

// newTransport returns a private transport: the default one may have been
// changed for other purposes, and closing idle connections must not affect
// others.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          10,
		MaxIdleConnsPerHost:   10,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
