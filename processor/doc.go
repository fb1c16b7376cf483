// Package processor is an OpenTelemetry span processor that stamps the browser
// session on spans and hands AI spans on with the parents that PostHog can show.
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	...
//	p := processor.New(sdktrace.NewBatchSpanProcessor(exp))
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
//
// It works in front of any exporter: what it knows is on the spans. It hands on AI
// spans and nothing else, so an exporter of all spans belongs beside it.
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
// describes it, is ignored. An attribute that was given to the start of the span,
// or is set later, is never overwritten.
//
// A span whose baggage was lost gets the session of its ancestors in this process.
// It never comes from anywhere else: trace ids and span ids are no secret, so a
// span with a remote parent has the session of its own request or none. A span
// that names another person than its parent does not get the session of that one.
//
// # At the end of an AI span
//
// AI spans, [semconv.IsAI] or [WithFilter], are kept until the spans without a
// parent in this process have ended, so that attributes which are set late count.
// [WithHold] bounds the wait. Then the next processor gets wrappers; the spans
// stay as they are for everybody else:
//
//   - Parent is the nearest ancestor that is an AI span. With no AI span above, the
//     trace id stands in $ai_parent_id, which is the top of a trace in PostHog. The
//     AI span of the service that called counts where baggage.Propagator sends it:
//     see [Processor.AIParent].
//   - The session and the person are those of the nearest ancestor with a session.
//   - [semconv.SameCallKey] is true on a span that reports the same call of a model
//     as another one, and on a wrapper of several calls: the exporter makes a
//     $ai_span of it, so that tokens count once. What only that span knows, such as
//     usage or an error, is on the span that stays.
//   - [semconv.LinkStatusKey] says whether the span has a session, and if not, why.
//
// When the hold is over while ancestors are open, their attributes of that moment
// count. A span of the same call that ends later gives way to the one that was
// handed on. Ancestors that are not sampled do not count, since nobody exports
// them.
//
// OnStart and OnEnd never wait. Where more than 256 spans are to be handed on at
// once, a goroutine does it, 512 at a time with a flush of the next processor in
// between, because a batch processor drops silently what its queue cannot take.
// ForceFlush and Shutdown do the same and return when it is done.
//
// # What it remembers
//
// The spans of a trace while any of them is open or kept, and nothing after that.
// What never ends is bounded: [WithMaxSpans] spans in all, 64 MiB of AI spans that
// wait, an hour or two without use. What is forgotten is handed on first, and
// counted: see [WithMeterProvider].
package processor
