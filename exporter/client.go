package exporter

import (
	"errors"
	"fmt"

	"github.com/posthog/posthog-go"

	"github.com/otelposthog/otelposthog-go/exporter/internal/posthogclient"
	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
)

// NewWithClient returns an exporter to a posthog-go client, whose BeforeSend
// hook, DefaultEventProperties and queue then apply. The exporter never closes
// the client: close it after the TracerProvider.
//
// posthog-go stores in the background, so here an export is done when the client
// has taken every event into its queue; its Callback reports what it loses later.
// A full queue is waited out within the context and the time of [WithRetry].
// posthog-go refuses events over 500,000 bytes, so they are shrunk to 480,000,
// and it sets $lib, $lib_version, $os, $go_version and $is_server itself.
//
// A nil client is an error. Options that are the client's business, such as
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
