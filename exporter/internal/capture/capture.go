// Package capture delivers events to PostHog's capture API. It splits them into
// requests, compresses these, retries them if a retry can help, isolates events
// that PostHog refuses, and reports the outcome of each event.
//
// Send runs through these files:
//
//	batch.go     events become JSON, once
//	delivery.go  one request after the other, until no event is left
//	search.go    how many events go into the next request
//	send.go      one request with its retries
//	request.go   the bytes of a request
//	response.go  what an answer says
//	classify.go  the table: status or error -> reason, action, advice
//	v1.go        the v1 contract, which answers for each event
package capture

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
	"github.com/otelposthog/otelposthog-go/internal/names"
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
	// MaxEventBytes lowers the limit of the endpoint; 0 leaves it.
	MaxEventBytes int
	// SDK is name/version of this library.
	SDK string
	// Retrying, if not nil, is called for each failure that is being retried,
	// with the number of waiting events.
	Retrying func(events int, f *outcome.Failure)
}

// Client delivers events. It is safe for concurrent use and has no goroutines
// but those of its HTTP client.
type Client struct {
	cfg     Config
	secrets scrubber
	batches pool.Pool[batch]
	bodies  pool.Pool[body]

	// fallenBack is set permanently once the AI path turned out to be missing.
	fallenBack atomic.Bool
	dropNames  dropNames
}

// New returns a client.
func New(cfg Config) *Client {
	// A followed redirect would turn the POST into a GET, or carry the key to
	// another host.
	hc := *cfg.HTTP
	hc.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cfg.HTTP = &hc
	cfg.Compression = cfg.Compression.resolve(cfg.Mode)
	return &Client{cfg: cfg, secrets: newScrubber(cfg)}
}

// errElapsed is the cause if an export exceeds its time limit.
var errElapsed = errors.New("the time for one export is over (MaxElapsedTime of WithRetry)")

// Send delivers events with different ids. It returns when PostHog has answered
// for each of them, or when ctx or the time for one export ends.
func (c *Client) Send(ctx context.Context, events []event.Event) outcome.Report {
	if limit := c.cfg.Retry.MaxElapsed; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errElapsed)
		defer cancel()
	}
	b := c.batches.Get()
	if b == nil {
		b = new(batch)
	}
	ordinary := len(events) > 0 && events[0].Name == names.EventSurveySent
	d := delivery{client: c, ctx: ctx, events: events, ordinary: ordinary, batch: b}
	d.run()
	b.reset()
	c.batches.Put(b)
	return d.report
}
