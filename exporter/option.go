package exporter

import (
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Option is an option of [New]. Most options are also accepted by
// [NewWithClient] or [NewWriter]; the others do not compile there. A nil option
// is ignored. If an option is given twice, the last one counts.
type Option interface{ apply(*config) }

// ClientOption is an option of [NewWithClient].
type ClientOption interface{ applyToClient(*config) }

// WriterOption is an option of [NewWriter].
type WriterOption interface{ applyToWriter(*config) }

// SenderOption is an option of [New] and [NewWithClient].
type SenderOption interface {
	Option
	ClientOption
}

// CommonOption is an option of [New], [NewWithClient] and [NewWriter].
type CommonOption interface {
	Option
	ClientOption
	WriterOption
}

// WithHost sets the address of PostHog, such as https://eu.i.posthog.com. The
// default is https://us.i.posthog.com. The URL needs a scheme and a host. A
// path is the prefix under which a reverse proxy serves PostHog. User and
// password are sent with basic authentication and never printed. The addresses
// of PostHog's web app (app., us. and eu.posthog.com) are replaced by their
// ingestion hosts. An empty address is an error, and so is plain http to
// another machine without [WithInsecureHost].
func WithHost(url string) Option {
	return directOption(func(c *config) { c.hostURL, c.hostFrom = url, "WithHost" })
}

// WithInsecureHost allows plain http to any host: the API key and the content
// of the spans can then be read in transit. By default only a loopback host may
// use plain http.
func WithInsecureHost() Option {
	return directOption(func(c *config) { c.insecure = true })
}

// CaptureMode selects the endpoint of PostHog's capture API.
type CaptureMode string

// The capture modes.
const (
	// CaptureAuto is CaptureAI on PostHog Cloud and CaptureBatch elsewhere. It
	// falls back to CaptureBatch permanently if the AI endpoint is missing.
	CaptureAuto CaptureMode = "auto"
	// CaptureBatch is /batch/, which every PostHog version has. Events are
	// shrunk to 900,000 bytes.
	CaptureBatch CaptureMode = "batch"
	// CaptureAI is /i/v0/ai/batch/. Events are shrunk to 7,500,000 bytes.
	CaptureAI CaptureMode = "ai"
	// CaptureV1 is /i/v1/ai/events, which answers for each event separately.
	// Events are shrunk to 7,500,000 bytes.
	CaptureV1 CaptureMode = "v1"
)

// WithCaptureMode selects the endpoint. The default is [CaptureAuto]; any other
// value than the constants is an error.
func WithCaptureMode(mode CaptureMode) Option {
	return directOption(func(c *config) { c.mode = mode })
}

// Compression says how request bodies are compressed.
type Compression string

// The compressions.
const (
	// CompressionAuto is zstd for [CaptureV1] and gzip for the others.
	CompressionAuto Compression = "auto"
	// CompressionNone sends plain JSON.
	CompressionNone Compression = "none"
	// CompressionGzip is understood by every endpoint.
	CompressionGzip Compression = "gzip"
	// CompressionZstd is understood by [CaptureV1] only.
	CompressionZstd Compression = "zstd"
)

// WithCompression selects the compression. The default is [CompressionAuto];
// any other value than the constants is an error, and so is zstd without
// [CaptureV1].
func WithCompression(compression Compression) Option {
	return directOption(func(c *config) { c.compression = compression })
}

// WithHTTPClient sets the HTTP client, for proxies, certificates or tests. The
// exporter uses a copy that does not follow redirects. The default is a private
// client that takes its proxy from the environment. Nil is an error.
func WithHTTPClient(client *http.Client) Option {
	return directOption(func(c *config) { c.httpClient, c.httpClientSet = client, true })
}

// WithTimeout limits each request, from dialling to the end of the response.
// The default is 10 s; zero or less is an error. The context of an export also
// limits it.
func WithTimeout(d time.Duration) Option {
	return directOption(func(c *config) { c.timeout = d })
}

// RetryConfig says how an export waits between attempts. A zero field means its
// default; a negative field is an error.
type RetryConfig struct {
	// InitialInterval is the first wait, 500 ms by default. Each further wait
	// is twice as long. All waits vary randomly by half.
	InitialInterval time.Duration
	// MaxInterval is the longest wait, 10 s by default. A Retry-After may be
	// longer. MaxInterval must not be less than InitialInterval.
	MaxInterval time.Duration
	// MaxElapsedTime limits an export with all its requests and waits. The
	// default is 1 min, or the time of [WithTimeout] if that is longer. Events
	// without an answer by then are lost with the reason of the last attempt,
	// or "timeout", and may be exported again. The context of the export also
	// limits it; a batch processor gives 30 s.
	MaxElapsedTime time.Duration
}

// WithRetry changes the waits of an export. With [NewWithClient], MaxElapsedTime
// is how long an export waits for room in the queue of the client, and the
// intervals have no effect.
func WithRetry(retry RetryConfig) SenderOption {
	return senderOption(func(c *config) { c.retry, c.withoutRetry = retry, false })
}

// WithoutRetry makes each export fail at the first failure, for callers that
// retry themselves, such as the Collector. MaxElapsedTime of [WithRetry] still
// limits the export, because the search for an event that PostHog refuses takes
// several requests.
func WithoutRetry() SenderOption {
	return senderOption(func(c *config) { c.withoutRetry = true })
}

// WithMaxEventBytes lowers the size limit, in bytes of JSON, to which larger
// events are shrunk. The default is the limit of the endpoint, see
// [CaptureMode], or 480,000 with [NewWithClient]; a value above it has no
// effect. Less than 16,384 is an error.
func WithMaxEventBytes(n int) CommonOption {
	return commonOption(func(c *config) { c.maxEventBytes, c.maxEventBytesSet = n, true })
}

// WithMeterProvider makes the exporter record metrics. The OpenTelemetry SDK
// conventions define these, about spans:
//
//	otel.sdk.exporter.span.inflight        spans that are being exported
//	otel.sdk.exporter.span.exported        spans stored; with error.type, lost
//	otel.sdk.exporter.operation.duration   of an export with all its retries
//
// This package adds these, about events:
//
//	otelposthog.exporter.span.seen                   spans given, AI spans or not
//	otelposthog.exporter.event.stored
//	otelposthog.exporter.event.lost                  by reason, see [LossReason]
//	otelposthog.exporter.event.duplicate             copies in one export, left out
//	otelposthog.exporter.event.shrunk                cut down to the size limit
//	otelposthog.exporter.event.withheld              not sent, by reason: before_send, opt_out
//	otelposthog.exporter.callback.failed             calls of your functions, by function and reason: panic, timeout
//	otelposthog.exporter.request.retried             further attempts
//	otelposthog.exporter.request.uncompressed_size   bytes of bodies before compression
//	otelposthog.exporter.request.size                and after
//
// By default, and with nil, there are no metrics and no cost.
func WithMeterProvider(mp metric.MeterProvider) CommonOption {
	return commonOption(func(c *config) { c.meterProvider = mp })
}

// WithProperties adds properties to every event that does not have a property
// with the same key. Values keep their type. Several WithProperties add up.
// These properties are neither withheld nor redacted. An empty key, a value
// without a type and a reserved name are errors. Reserved are names such as
// $session_id, which cannot be the same for all events, and names that PostHog
// or this package sets.
func WithProperties(properties ...attribute.KeyValue) CommonOption {
	return commonOption(func(c *config) { c.properties = append(c.properties, properties...) })
}

// WithFilter replaces the test for AI spans: a span becomes an event if keep
// returns true. keep is called at least once per span, must not change the
// span, and must be safe for concurrent use. The default is [semconv.IsAI]; nil
// is an error.
func WithFilter(keep func(sdktrace.ReadOnlySpan) bool) CommonOption {
	return commonOption(func(c *config) { c.convert.IsAI, c.filterSet = keep, true })
}

// WithExplanations makes [NewWriter] add a member "explain" to each line. For
// each property it names the rule that set the property and the attributes it
// was read from, if any. An attribute of a span event follows the name of the
// event, as in exception/exception.type. A rule is the name of a library or of
// a step of the conversion. It is slow: it takes one conversion for each
// attribute. By default there is no such member.
func WithExplanations() WriterOption {
	return writerOption(func(c *config) { c.convert.Explain = true })
}

type directOption func(*config)

func (o directOption) apply(c *config) { o(c) }

type senderOption func(*config)

func (o senderOption) apply(c *config)         { o(c) }
func (o senderOption) applyToClient(c *config) { o(c) }

type commonOption func(*config)

func (o commonOption) apply(c *config)         { o(c) }
func (o commonOption) applyToClient(c *config) { o(c) }
func (o commonOption) applyToWriter(c *config) { o(c) }

type writerOption func(*config)

func (o writerOption) applyToWriter(c *config) { o(c) }
