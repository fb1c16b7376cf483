// Package exporter is an OpenTelemetry span exporter that stores GenAI spans as
// PostHog AI events. Spans that are no AI spans are left out; see
// [WithSpanFilter].
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	if err != nil {
//		return err
//	}
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(
//		processor.New(sdktrace.NewBatchSpanProcessor(exp))))
//
// The session is read from the attributes of the span, where the processor
// package puts it: without that processor, as with sdktrace.WithBatcher(exp), the
// events carry only the sessions that somebody else has put there.
//
// An exporter belongs to one batch processor. Behind two, each AI span is stored
// twice, and the first one that shuts down ends it for both. A
// sdktrace.NewSimpleSpanProcessor makes the end of each span wait for PostHog.
//
// # Ways out
//
//	New            PostHog's capture API, directly. The default choice.
//	NewWithClient  a posthog-go client that the program has already, with its
//	               hooks, super properties and queue.
//	NewWriter      JSON lines, one per event, to see what PostHog would get.
//
// # Delivery
//
// [Exporter.ExportSpans] returns when PostHog has answered for every event. What
// is not stored is told by an [*ExportError] and counted by reason in metrics
// ([WithMeterProvider]). So when ForceFlush or Shutdown of a batch processor
// returns within its context, what it held is stored or told to be lost: by
// ForceFlush where it returns the error, which it does for the last batch only,
// and else through [otel.Handle]. What no further export could store either is
// reported through [otel.Handle] by the exporter, too, once per reason and minute.
//
// Requests are compressed, and retried as PostHog's capture API documents it: on
// 408, 500, 502, 503, 504 and a broken connection, on 429 only when it names a
// Retry-After, which is a minimum wait. The id and the time of an event are
// derived from the span, so that an event sent twice is one event to PostHog.
//
// An event over the size limit is shrunk, not dropped: binary content goes
// first, then the longest texts from the middle of the conversation, and the
// event is marked with $ai_truncated. When PostHog refuses a request for one bad
// event, the others are sent without it.
//
// # Secrets
//
// Neither the API key nor a password in the host URL appears in an error, a
// metric or a log. Redirects are not followed.
package exporter
