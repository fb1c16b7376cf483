// Package baggage carries the session of a browser, the one that PostHog records
// as a replay, from service to service in W3C baggage: in at the edge, through
// every hop, and out to nobody but the hosts that may have it.
//
// # Which piece when
//
// A service that browsers or other services call wraps its handler:
//
//	handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
//
// Every service sets one propagator, around the ones that it uses:
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil))
//
// A service that calls others wraps its transport:
//
//	client := &http.Client{Transport: baggage.NewTransport(
//		otelhttp.NewTransport(nil), baggage.WithTrustedHosts("*.svc.cluster.local"))}
//
// Between the two, the session is in the context: [SessionFromContext] reads it
// and [ContextWithSession] sets it, for sessions that come by other ways. In a
// goroutine that outlives its request, context.WithoutCancel keeps it and
// context.Background loses it.
//
// # On the wire
//
//	member                  also read                          what
//	session.id              $session_id, posthog.session_id    Session.ID
//	posthog.window_id                                          Session.WindowID
//	posthog.distinct_id                                        Session.DistinctID
//	posthog.ai_parent                                          see MemberAIParent
//
// Values are percent-encoded UTF-8. Of several names of the session id, the first
// of $session_id, posthog.session_id and session.id that has a valid value counts:
// other systems use session.id too, the others are unambiguous. What this package
// writes is always called session.id. White space around a value is not part of
// it. Nothing else is repaired: a value that has not the shape that [Session]
// describes counts as absent.
//
// # The edge
//
// [NewHandler] asks these sources, the first that has a valid value wins:
//
//  1. what the server itself knows: [WithIdentity];
//  2. the headers X-POSTHOG-SESSION-ID, X-POSTHOG-WINDOW-ID and
//     X-POSTHOG-DISTINCT-ID, which posthog-js sends with tracing_headers;
//  3. the members of W3C baggage: those of the baggage headers or, without such a
//     header, those that a handler further out put into the context;
//  4. a query parameter, for a WebSocket or an EventSource: [WithQuery];
//  5. the cookie of posthog-js: [WithCookie].
//
// Each field is looked for by itself, with one restriction against mixing
// people: a source that names another session than the one that won is not
// believed about the person either, and a window id is only taken from a source
// that names the very session that won.
//
// Values of one X-POSTHOG-* name that agree are one, in several header lines or
// joined by commas as XMLHttpRequest and proxies do it; when they differ, the
// header is refused and the next source is asked. A header in Latin-1 is decoded.
// Of several baggage members with one name, the last valid one counts, as in
// OpenTelemetry; of several cookies, the one with the live session that was active
// last. Words that a page sends from an empty variable, such as undefined or null,
// are no id. Invalid values are refused, and counted by [WithMeterProvider]; the
// request goes on without them.
//
// A member session.id that is a UUID of another version than 7 belongs to another
// system: Datadog's RUM writes one. It is no replay and goes on as it came; the
// session is then written as posthog.session_id.
//
// What a page says about the trace is believed by default, as otelhttp believes
// it: [WithSampler] and [WithNewTrace] are for an edge that anybody can call.
//
// The handler inside gets one baggage header of at most 64 members and 8192 bytes,
// the session first, whatever came in; the X-POSTHOG-* headers of the request are
// made to agree with it. Members of others follow as far as there is room,
// in their order, unless [WithoutForeignBaggage] drops them. The context has the
// same members, so it does not matter whether otelhttp extracts them again.
//
// Session ids and, without WithIdentity, distinct ids are what somebody on the
// network claims. They say which replay to show. Never authorize anything by them.
//
// Ordinary events that a handler sends with posthog-go link to the replay when the
// package posthoggo is asked to: [WithRequestContext]. posthog-go's
// NewRequestContextMiddleware goes outside NewHandler then, which keeps the
// properties that it found and replaces the ids. Inside, it would read the ids from
// the X-POSTHOG-* headers and forget a session that came in baggage.
//
// # The way out
//
// Nothing leaves unless it was named. [Propagator] injects the members above only
// into calls that were marked as going to a service of yours: by [NewTransport],
// for the hosts that [WithTrustedHosts] names, by the interceptors of contrib/grpc
// and the middleware of contrib/mcp, and by [ContextWithTrust] for a message
// queue. Other people's members and traceparent go where they went before, unless
// [WithoutBaggage] or [WithoutTraceContext] says otherwise.
//
// Without Propagator, with a plain propagation.Baggage, the session goes into
// every call of every client that injects: to the LLM vendor, to Google's API
// over gRPC, to each of them that NewTransport does not guard.
//
// # The way back
//
// [ServerTiming] tells the browser the trace id of its request. A page on another
// origin needs permission to send the headers above and to read that one:
// [AllowedHeaders], [ExposedHeaders].
//
// # Wrong configuration
//
// NewHandler and NewTransport have no error to return, so that they can stand
// where any middleware stands. What they are given and cannot use has the effect
// of not being given, which is the careful side, and is reported to the
// OpenTelemetry error handler, which logs it by default.
package baggage
