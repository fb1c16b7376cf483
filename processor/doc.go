// Package processor is an OpenTelemetry span processor that stamps the browser
// session on every span and forwards AI spans with the parents that PostHog can
// show.
//
//	exp, err := exporter.New(os.Getenv("POSTHOG_API_KEY"))
//	...
//	p := processor.New(sdktrace.NewBatchSpanProcessor(exp))
//	tp := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(p))
//
// It works in front of any exporter, because everything it adds is on the
// spans. It forwards only AI spans, so register an exporter of all spans beside
// it, not behind it.
//
// # At the start of every span
//
// The processor copies the session from the W3C baggage of the parent context
// to span attributes:
//
//	baggage member                                      attribute
//	$session_id, posthog.session_id or session.id       $session_id
//	posthog.window_id                                   $window_id
//	posthog.distinct_id                                 posthog.distinct_id
//	posthog.opt_out                                     posthog.opt_out, a boolean
//
// Every recorded span is stamped, HTTP and database spans too, and all
// processors of the provider export the stamps. A value without the shape that
// [baggage.Session] describes is ignored. An attribute that was passed to
// tracer.Start, or is set later, is never overwritten.
//
// A span without baggage inherits the session of its ancestors in this process.
// A session is never inherited from a remote parent: trace ids and span ids are
// not secret, so anybody can name one. A span that names a different person
// than its parent does not inherit the parent's session.
//
// An opt-out counts for every span below, whatever session or person it names. A
// consent, which is posthog.opt_out false, counts only for spans of the same
// session and person.
//
// # At the end of an AI span
//
// AI spans, as [semconv.IsAI] or [WithFilter] recognises them, are held until
// their trace's local root spans, which have no parent in this process, have
// ended, so that attributes that are set late count. [WithHold] limits the
// wait. The next processor then gets wrapped spans; other processors see the
// spans unchanged:
//
//   - Parent is the nearest ancestor that is an AI span. Without one,
//     $ai_parent_id is the trace id, which is the top of a trace in PostHog.
//     The AI span of the calling service counts if baggage.Propagator sends it:
//     see [Processor.AIParent].
//   - The session and the person are those of the nearest ancestor with a session.
//   - posthog.opt_out is true below an ancestor in this process that opted out,
//     even if that was said after the span had started, or if the span says false.
//   - [names.SameCallKey] is true on a span that reports the same LLM call as
//     another span, and on a wrapper of several calls: the exporter makes a
//     $ai_span of it, so that tokens count once. The span that stays the
//     generation gets what only the other span knows, such as usage or an
//     error.
//   - [semconv.LinkStatusKey] says whether the span has a session, and if not, why.
//
// If the hold ends while ancestors are still open, their current attributes
// count. A span of the same call that ends later becomes a $ai_span. Ancestors
// that are not sampled are skipped, because they are never exported.
//
// OnStart and OnEnd never wait. More than 256 spans at once are forwarded by a
// goroutine, which flushes the next processor after every 512 spans: a batch
// processor silently drops spans that do not fit into its queue. ForceFlush and
// Shutdown do the same and return when all spans are forwarded.
//
// # What it remembers
//
// The processor remembers the spans of a trace while any of them is open or
// held. The limits are [WithMaxSpans] spans in all, 64 MiB of held AI spans,
// and one to two hours without use. Held spans of an evicted trace are
// forwarded first, and evictions are counted: see [WithMeterProvider].
package processor
