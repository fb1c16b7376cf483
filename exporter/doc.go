// Package exporter is an OpenTelemetry span exporter that stores GenAI spans as
// PostHog AI events. Other spans are ignored; see [WithFilter].
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	if err != nil {
//		return err
//	}
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(
//		processor.New(sdktrace.NewBatchSpanProcessor(exp))))
//
// The exporter reads the session from span attributes, which the processor
// package sets. Without that processor, as with sdktrace.WithBatcher(exp), an
// event has a session only if other code has set the attribute.
//
// Use an exporter with one batch processor only. With two, each AI span is
// exported twice, and the first Shutdown ends the exporter for both. With
// sdktrace.NewSimpleSpanProcessor, the end of each span waits for PostHog.
//
// # Constructors
//
//	NewFromEnv     as New, with the key and options from POSTHOG_... variables.
//	New            PostHog's capture API, directly. The default choice.
//	NewWithClient  a posthog-go client that the program has already, with its
//	               hooks, super properties and queue.
//	NewWriter      JSON lines, one per event, to see what PostHog would get.
//
// # Delivery
//
// [Exporter.ExportSpans] returns when PostHog has answered for every event. It
// returns losses as an [*ExportError] and counts them by reason
// ([WithMeterProvider]). It does not report them a second time: a batch
// processor passes the error to [otel.Handle], or returns it from ForceFlush.
// While an export is being retried, its first failure is reported through
// [otel.Handle], at most once per reason and minute.
//
// An event counts as stored only if PostHog itself confirms it. One deadline
// limits an export with all its requests ([WithRetry]), and [Exporter.Shutdown]
// limits the exports that are left at the end of the program. docs/delivery.md
// has the table of answers, the limits and the set-up for Kubernetes.
//
// Requests are compressed and retried as PostHog's capture API documents: on
// 408, 500, 502, 503, 504 and a broken connection, and on 429 only with a
// Retry-After, which is the minimum wait. The id and the time of an event are
// derived from the span, so PostHog stores an event that is sent twice as one.
//
// An event over the size limit is shrunk, not dropped: binary content is
// removed first, then the longest texts from the middle of the conversation are
// cut, and the event gets $ai_truncated. If PostHog refuses a request because
// of one bad event, the other events are stored without it.
//
// # Privacy
//
// By default an event leaves with the content that its span holds, but without
// base64 content and secrets. [WithContent] and [WithContentFunc] keep content in
// the process, [WithRedaction] and [WithRedactor] replace parts of it, and
// [WithBeforeSend] has the last word. docs/privacy.md has the order of all steps,
// and a table of what is left of each property.
//
// # Secrets
//
// The API key, a password in the host URL and event content that a server
// repeats never appear in an error, a metric or a log. Redirects are not
// followed.
package exporter
