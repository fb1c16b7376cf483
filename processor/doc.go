// Package processor is an OpenTelemetry span processor that stamps the browser
// session on spans and hands AI spans on, mended so that PostHog can show them.
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	...
//	p := processor.New(sdktrace.NewBatchSpanProcessor(exp))
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
//
// It works with any exporter: what it knows is on the spans.
//
// # At the start of every span
//
// The session that the W3C baggage of the parent context carries becomes span
// attributes:
//
//	baggage member                                      attribute
//	$session_id, posthog.session_id or session.id       $session_id
//	posthog.window_id                                   $window_id
//	posthog.distinct_id                                 posthog.distinct_id
//
// Every recorded span is stamped, HTTP and database spans too, and all processors
// of the provider export the stamps. A value of a bad shape, as [baggage.Session]
// describes it, is ignored, and other members are not copied. An attribute that
// was given to the start of the span, or is set later, is never overwritten. A
// session that is given as $session_id, posthog.session_id or posthogSessionId
// counts, and keeps the window of another session away; session.id does not, as
// it may be a chat.
//
// A span whose baggage was lost gets the session of its parent, else the one that
// its trace was last seen with, as far as this process knows.
// [WithoutTraceMemory] switches that off. A span keeps the session that was
// valid at its start, also when a new one begins within the trace. A trace with
// two different distinct ids, that of a batch job for instance, lends its session
// to nobody. Two distinct ids in one session, such as before and after a login,
// leave the session to lend, without a person.
//
// # At the end of an AI span
//
// Spans for which [semconv.IsAI] is true are handed to the next processor;
// [WithFilter] replaces the test. The others are not. The next processor gets a
// wrapper where it is to see something else than the span says. The span itself
// stays as it is for everybody else.
//
//   - Parent is the nearest ancestor that is an AI span: spans between the two
//     are skipped, because PostHog never sees them. Ancestors in other services
//     count with [Processor.Propagator]; see there.
//   - A span that has a parent, but no known AI ancestor, has the trace id as
//     $ai_parent_id. That is the top of a trace in PostHog, and Parent is the
//     true one. A root has neither.
//   - A span without a session gets the first one that its trace was seen with:
//     from baggage, or if there was none, from a $session_id that was set by hand
//     on a span that has ended or on one above.
//   - A span that was stamped, and got another $session_id by hand later, is
//     without the window and the link to the replay of the first one.
//   - [semconv.SameCallKey] is true on a span that describes the same call of a
//     model as the span above or below, where two libraries report one call. Only
//     the other one is to be counted as a generation: the one with messages, else
//     the inner one. Two spans, of which one is the nearest AI ancestor of the
//     other, describe the same call if their response ids are equal, or if one
//     has none and a model is equal.
//
// Whether an ancestor is an AI span is decided when the one below ends, as that
// one is handed on then. An ancestor that gets its first AI attribute later than
// that does not count for it. In the same way an outer span that gets its messages
// or another response id after the inner one has ended comes too late to change
// what the inner one was. Ancestors that are not sampled do not count, since
// nobody exports them.
//
// # What it remembers
//
// Open spans, ended ones that may still get children, and the sessions of traces:
// each up to a bound, the oldest to go first, and for a limited time
// ([WithMaxSpans], [WithMaxTraces], [WithRetention]). Spans that never end, deep
// and wide traces and late children are fine; forgetting an ancestor moves an AI
// span up in the tree and loses nothing. There is no goroutine, and after
// [Processor.Shutdown] nothing is left.
//
// # What it costs
//
// The processor allocates nothing for a span that is not an AI span, but by
// setting attributes on it. A processor that only stamps adds some tens of
// nanoseconds to a span without a session and some hundred to one with; keeping
// ancestry adds two to three hundred. The end of an AI span looks at the spans
// above it that are open, up to the next AI span.
package processor
