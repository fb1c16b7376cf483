package exporter

import (
	"context"
	"net"
	"net/http"
	"time"

	otelposthog "github.com/otelposthog/otelposthog-go"
	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
)

// directSink sends to PostHog's capture API.
type directSink struct {
	client *capture.Client
	own    *http.Client // nil when the user brought one, which stays open
	host   string
	mode   CaptureMode
}

func newDirectSink(key string, cfg config) *directSink {
	s := &directSink{host: cfg.host.url.String(), mode: cfg.mode}
	client := cfg.httpClient
	if client == nil {
		s.own = &http.Client{Transport: newTransport()}
		client = s.own
	}
	s.client = capture.New(capture.Config{
		Host:          cfg.host.url,
		User:          cfg.host.user,
		APIKey:        key,
		Mode:          captureModes[cfg.mode],
		Compression:   cfg.captureCompression(),
		HTTP:          client,
		Timeout:       cfg.timeout,
		Retry:         capture.Retry{Initial: cfg.retry.InitialInterval, Max: cfg.retry.MaxInterval, MaxElapsed: cfg.retry.MaxElapsedTime},
		MaxEventBytes: cfg.maxEventBytes,
		SDK:           "otelposthog-go/" + otelposthog.Version,
	})
	return s
}

var captureModes = map[CaptureMode]capture.Mode{
	CaptureAuto:  capture.Auto,
	CaptureBatch: capture.Batch,
	CaptureAI:    capture.AI,
	CaptureV1:    capture.V1,
}

func (c *config) captureCompression() capture.Compression {
	switch {
	case c.compression == CompressionNone:
		return capture.None
	case c.compression == CompressionZstd, c.compression == CompressionAuto && c.mode == CaptureV1:
		return capture.Zstd
	}
	return capture.Gzip
}

// newTransport is nobody else's: the default one may have been changed for other
// purposes, and closing idle connections must not concern others.
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

func (s *directSink) send(ctx context.Context, events []event.Event) capture.Report {
	return s.client.Send(ctx, events)
}

func (s *directSink) close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

func (s *directSink) describe() any {
	return struct{ Host, Mode string }{s.host, string(s.mode)}
}
