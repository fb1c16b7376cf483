// Package capture delivers events to PostHog's capture API. It cuts them into
// requests, compresses, retries what a retry can help, separates an event that
// PostHog refuses from those it takes, and reports what became of each.
package capture

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

// Config says where to deliver and how. The exporter has validated it.
type Config struct {
	// Host holds scheme, host and an optional path prefix.
	Host *url.URL
	// User authenticates at a proxy in front of PostHog; nil for none.
	User        *url.Userinfo
	APIKey      string
	Mode        Mode
	Compression Compression
	HTTP        *http.Client
	// Timeout bounds one request, from dialling to the last byte of the answer.
	Timeout time.Duration
	Retry   Retry
	// MaxEventBytes lowers the limit of the route; 0 leaves it.
	MaxEventBytes int
	// SDK is name/version of this library.
	SDK string
}

// Client delivers events. It is safe for concurrent use and has no goroutines
// but those of its HTTP client.
type Client struct {
	cfg      Config
	secrets  scrubber
	batches  pool.Pool[batch]
	payloads pool.Pool[payload]
	codecs   pool.Pool[compressor]

	// fallenBack is set for good once the AI path turned out to be missing.
	fallenBack atomic.Bool
	details    details
}

// New returns a client.
func New(cfg Config) *Client {
	// A followed redirect would turn the POST into a GET, or carry the key to
	// another host.
	hc := *cfg.HTTP
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.HTTP = &hc
	return &Client{cfg: cfg, secrets: newScrubber(cfg)}
}

// Send delivers events and returns when PostHog has answered for each of them,
// or when nothing more can be done in the bounds of ctx and [Retry].
func (c *Client) Send(ctx context.Context, events []event.Event) Report {
	b := c.batches.Get()
	if b == nil {
		b = new(batch)
	}
	d := delivery{client: c, ctx: ctx, events: events, batch: b}
	if c.cfg.Retry.MaxElapsed > 0 {
		d.giveUpAt = time.Now().Add(c.cfg.Retry.MaxElapsed)
	}
	d.run()
	b.reset()
	c.batches.Put(b)
	return d.report
}
