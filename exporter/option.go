package exporter

import (
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Option is an option of [New]. Most of them are options of [NewWithClient] or
// [NewWriter], too; the compiler refuses the others there. A nil option is
// skipped; of equal options the last counts.
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
// default is https://us.i.posthog.com. It needs a scheme and a host; a path is
// the prefix under which a reverse proxy serves PostHog; user and password are
// sent by basic authentication and never printed. The addresses of PostHog's web
// app (app., us. and eu.posthog.com) stand for the ingestion hosts beside them.
// Plain http is an error for other hosts than this machine unless
// [WithInsecureHost] is there, and so is an empty address.
func WithHost(url string) Option {
	return directOption(func(c *config) { c.hostURL, c.hostFrom = url, "WithHost" })
}

// WithInsecureHost allows plain http to any host: the API key and the content of
// the spans can then be read on the way. Without it, only a loopback host may be
// plain.
func WithInsecureHost() Option {
	return directOption(func(c *config) { c.insecure = true })
}

// CaptureMode selects the endpoint of PostHog's capture API.
type CaptureMode string

// The capture modes.
const (
	// CaptureAuto is CaptureAI on PostHog Cloud and CaptureBatch elsewhere. It
	// falls back to CaptureBatch for good when the AI endpoint is missing.
	CaptureAuto CaptureMode = "auto"
	// CaptureBatch is /batch/, which every PostHog has. Events are shrunk to
	// 900,000 bytes.
	CaptureBatch CaptureMode = "batch"
	// CaptureAI is /i/v0/ai/batch/. Events are shrunk to 7,500,000 bytes.
	CaptureAI CaptureMode = "ai"
	// CaptureV1 is /i/v1/ai/events, which answers for each event alone. Events
	// are shrunk to 7,500,000 bytes.
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

// WithHTTPClient sets the client to send with, for proxies, certificates or
// tests. The default is a client of its own that takes its proxy from the
// environment. A copy is used, which does not follow redirects. Nil is an error.
func WithHTTPClient(client *http.Client) Option {
	return directOption(func(c *config) { c.httpClient, c.httpClientSet = client, true })
}

// WithTimeout bounds each request, from dialling to the end of the answer. The
// default is 10 s; zero and less are an error. The context of an export bounds
// it, too.
func WithTimeout(d time.Duration) Option {
	return directOption(func(c *config) { c.timeout = d })
}

// RetryConfig says how an export waits between attempts. A field that is 0 has
// its default; a negative one is an error.
type RetryConfig struct {
	// InitialInterval is the first wait, 500 ms by default. Each further one is
	// twice as long; all vary at random by half.
	InitialInterval time.Duration
	// MaxInterval is the longest wait but for a Retry-After, 10 s by default. It
	// must not be less than InitialInterval.
	MaxInterval time.Duration
	// MaxElapsedTime bounds an export with all its requests and waits. The default
	// is 1 min, or the time of [WithTimeout] if that is longer. What has no answer then is lost for the reason "timeout", or for
	// that of the last attempt, and may be exported again. The context of the
	// export bounds it, too; a batch processor gives 30 s.
	MaxElapsedTime time.Duration
}

// WithRetry changes the waits of an export. With [NewWithClient], MaxElapsedTime
// is how long an export waits for room in the queue of the client, and the
// intervals have no effect.
func WithRetry(retry RetryConfig) SenderOption {
	return senderOption(func(c *config) { c.retry, c.withoutRetry = retry, false })
}

// WithoutRetry makes each export fail at the first failure, for callers that
// retry themselves, such as the Collector. MaxElapsedTime of [WithRetry] bounds
// the export all the same: the search for an event that PostHog refuses takes
// several requests.
func WithoutRetry() SenderOption {
	return senderOption(func(c *config) { c.withoutRetry = true })
}

// WithMaxEventBytes lowers the size, in bytes of JSON, to which a larger event
// is shrunk. The default is that of the endpoint, see [CaptureMode], and 480,000
// with [NewWithClient]; a value above it changes nothing. Less than 16,384 is an
// error.
func WithMaxEventBytes(n int) CommonOption {
	return commonOption(func(c *config) { c.maxEventBytes, c.maxEventBytesSet = n, true })
}

// WithMeterProvider makes the exporter count and measure its work. Those of the
// conventions for OpenTelemetry SDKs, about spans:
//
//	otel.sdk.exporter.span.inflight        spans that are being exported
//	otel.sdk.exporter.span.exported        spans stored; with error.type, lost
//	otel.sdk.exporter.operation.duration   of an export with all its retries
//
// And those of this package, about events:
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
// Without it, or with nil, there are no metrics and no cost.
func WithMeterProvider(mp metric.MeterProvider) CommonOption {
	return commonOption(func(c *config) { c.meterProvider = mp })
}

// WithProperties adds properties to every event, unless the event has one of the
// same key. Values keep their type. Several WithProperties add up. They are neither
// withheld nor redacted. An empty key, a value without a type and a reserved name
// are errors: $session_id and the like, which cannot be the same for all events, and
// what PostHog or this package sets itself.
func WithProperties(properties ...attribute.KeyValue) CommonOption {
	return commonOption(func(c *config) { c.properties = append(c.properties, properties...) })
}

// WithFilter replaces the test for AI spans: a span becomes an event when
// keep returns true. It is called once or more per span, must not change it, and
// must be safe for concurrent use. The default is [semconv.IsAI]; nil is an
// error.
func WithFilter(keep func(sdktrace.ReadOnlySpan) bool) CommonOption {
	return commonOption(func(c *config) { c.convert.IsAI, c.filterSet = keep, true })
}

// WithExplanations makes [NewWriter] add to each line a member "explain": an
// object that names, for each property, the rule that set it and the attributes
// that it comes from, as far as it comes from attributes; one of a span event
// stands behind the name of the event, as in exception/exception.type. The rule
// is the library whose rules apply, or a step of the conversion. It takes one
// conversion for each attribute. By default there is none.
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
