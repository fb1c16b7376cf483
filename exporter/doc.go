// Package exporter is an OpenTelemetry span exporter that stores GenAI spans as
// PostHog AI events. Spans that are no AI spans are left out; see
// [WithFilter].
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
// returns what is not stored as an [*ExportError] and counts it by reason
// ([WithMeterProvider]). It does not report it a second time: a batch processor
// hands the error to [otel.Handle], or returns it from ForceFlush. Before that,
// the first failure of an export that is tried again is reported through
// [otel.Handle], once per reason and minute.
//
// Only PostHog's own answer counts as stored. One deadline bounds an export with
// all its requests ([WithRetry]), and [Exporter.Shutdown] bounds what is left at
// the end of the program. The table of answers, the limits and the set-up for
// Kubernetes are in docs/delivery.md.
//
// Requests are compressed, and retried as PostHog's capture API documents it: on
// 408, 500, 502, 503, 504 and a broken connection, on 429 only when it names a
// Retry-After, which is a minimum wait. The id and the time of an event are
// derived from the span, so that an event sent twice is one event to PostHog.
//
// An event over the size limit is shrunk, not dropped: binary content goes
// first, then the longest texts from the middle of the conversation, and the
// event is marked with $ai_truncated. When PostHog refuses a request for one bad
// event, the others are stored without it.
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
// Neither the API key nor a password in the host URL appears in an error, a
// metric or a log, nor does what a server repeats of the events. Redirects are not
// followed.
package exporter
