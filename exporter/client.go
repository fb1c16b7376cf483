package exporter

import (
	"errors"
	"fmt"

	"github.com/posthog/posthog-go"

	"github.com/otelposthog/otelposthog-go/exporter/internal/posthogclient"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// NewWithClient returns an exporter that sends through a posthog-go client. The
// client's BeforeSend hook, DefaultEventProperties and queue apply. The
// exporter never closes the client: close it after the TracerProvider.
//
// posthog-go sends in the background, so an export is done when the client has
// queued every event; the client's Callback reports later losses. If the queue
// is full, the export waits for room within its context and the time of
// [WithRetry]. posthog-go refuses events over 500,000 bytes, so they are shrunk
// to 480,000. It sets $lib, $lib_version, $os, $go_version and $is_server
// itself.
//
// A nil client is an error. Options that the client decides itself, such as
// [WithHost], do not compile here.
func NewWithClient(client posthog.EnqueueClient, opts ...ClientOption) (*Exporter, error) {
	cfg := newConfig()
	for _, opt := range opts {
		if opt != nil {
			opt.applyToClient(&cfg)
		}
	}
	if nilcheck.IsNil(client) {
		cfg.errs = append(cfg.errs, errors.New("otelposthog: NewWithClient needs a posthog-go client, not nil"))
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	wait := cfg.retry.MaxElapsedTime
	if cfg.withoutRetry {
		wait = 0
	}
	return newExporter(cfg, sink{
		sender: posthogclient.New(client, cfg.maxEventBytes, wait),
		shown:  struct{ Client string }{fmt.Sprintf("%T", client)},
	})
}
