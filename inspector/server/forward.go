package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/internal/relay"
)

// forwarder sends on what arrived, in order and in the background. A nil
// forwarder does nothing.
type forwarder struct {
	host   *url.URL
	client *http.Client
	spanTo *exporter.Exporter // nil without a key
	queue  chan func(context.Context) error
	failed func(path string, status int, reason string)
	done   sync.WaitGroup
	mu     sync.Mutex // guards closed
	closed bool
}

// queued bounds the requests that wait. More are not forwarded, and it is said.
const queued = 256

func newForwarder(host, key string, failed func(string, int, string)) (*forwarder, error) {
	u, err := url.Parse(host)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("otelposthog: -forward needs the address of a PostHog, such as https://us.i.posthog.com")
	}
	f := &forwarder{
		host: u, failed: failed, queue: make(chan func(context.Context) error, queued),
		client: &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	if key != "" {
		if f.spanTo, err = exporter.New(key, exporter.WithHost(host)); err != nil {
			return nil, err
		}
	}
	f.done.Go(func() {
		for send := range f.queue {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			if err := send(ctx); err != nil {
				f.failed("-forward", 0, err.Error())
			}
			cancel()
		}
	})
	return f, nil
}

// request sends a captured request on as it came.
func (f *forwarder) request(r *http.Request, body []byte) {
	if f == nil {
		return
	}
	target := *f.host
	target.Path, target.RawQuery = r.URL.Path, r.URL.RawQuery
	header := make(http.Header)
	for _, name := range forwarded {
		if values := r.Header.Values(name); values != nil {
			header[http.CanonicalHeaderKey(name)] = values
		}
	}
	f.add(func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header = header
		resp, err := f.client.Do(req)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
		if resp.StatusCode >= http.StatusMultipleChoices {
			return fmt.Errorf("%s answered %s for %s", f.host.Host, resp.Status, target.Path)
		}
		return nil
	})
}

// forwarded are the headers that PostHog reads. Cookies and the like stay here.
var forwarded = []string{
	"Content-Type", "Content-Encoding", "Authorization", "User-Agent",
	"PostHog-Sdk-Info", "PostHog-Attempt", "PostHog-Request-Id", "PostHog-Request-Timestamp",
}

// spans sends the events of spans.
func (f *forwarder) spans(spans []otlp.Span) {
	if f == nil || f.spanTo == nil {
		return
	}
	readOnly := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		readOnly[i] = s.ReadOnly(nil)
	}
	f.add(func(ctx context.Context) error { return f.spanTo.ExportSpans(relay.Context(ctx), readOnly) })
}

func (f *forwarder) add(send func(context.Context) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	select {
	case f.queue <- send:
	default:
		f.failed("-forward", 0, fmt.Sprintf("more than %d requests wait to be forwarded: this one was not", queued))
	}
}

// close sends what waits and ends.
func (f *forwarder) close() {
	if f == nil {
		return
	}
	f.mu.Lock()
	already := f.closed
	f.closed = true
	f.mu.Unlock()
	if already {
		return
	}
	close(f.queue)
	f.done.Wait()
	if f.spanTo != nil {
		_ = f.spanTo.Shutdown(context.Background()) // nothing is queued in it
	}
}
