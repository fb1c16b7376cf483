// Package baggage carries the browser session, which PostHog records as a
// replay, from service to service in W3C baggage. The session enters at the
// edge, follows every call between your services, and is sent only to hosts
// that you name.
//
// # Which piece when
//
// A service that browsers or other services call wraps its handler:
//
//	handler := baggage.NewHandler(otelhttp.NewHandler(mux, "gateway"))
//
// Every service sets one propagator, which wraps the propagators it uses:
//
//	otel.SetTextMapPropagator(baggage.Propagator(nil))
//
// A service that calls others wraps its transport:
//
//	client := &http.Client{Transport: baggage.NewTransport(
//		otelhttp.NewTransport(nil), baggage.WithTrustedHosts("*.svc.cluster.local"))}
//
// Between the two, the session is in the context: [SessionFromContext] reads it
// and [ContextWithSession] sets it when the session arrives in another way,
// such as in a message. In a goroutine that outlives its request,
// context.WithoutCancel keeps it and context.Background loses it.
//
// # On the wire
//
//	member                  also read                          what
//	session.id              $session_id, posthog.session_id    Session.ID
//	posthog.window_id                                          Session.WindowID
//	posthog.distinct_id                                        Session.DistinctID
//	posthog.opt_out                                            Session.Consent: true or false
//	posthog.ai_parent                                          see MemberAIParent
//
// Values are percent-encoded UTF-8. If the session id is present under several
// names, the first valid value of $session_id, posthog.session_id and
// session.id counts: other systems also use session.id, the other names are
// unambiguous. This package writes session.id. White space around a value is
// removed. Nothing else is repaired: a value without the shape that [Session]
// describes counts as absent. An opt-out is the exception: 1 and 0 are also read,
// and any value that is neither true nor false counts as true.
//
// # The edge
//
// [NewHandler] reads these sources; the first with a valid value wins:
//
//  1. the server's own knowledge: [WithIdentity];
//  2. the headers X-POSTHOG-SESSION-ID, X-POSTHOG-WINDOW-ID and
//     X-POSTHOG-DISTINCT-ID, which posthog-js sends with tracing_headers;
//  3. the members of W3C baggage: from the baggage headers or, if there are
//     none, from the context of an outer handler;
//  4. a query parameter, for a WebSocket or an EventSource: [WithQuery];
//  5. the cookie of posthog-js: [WithCookie].
//
// Each field is read separately, with one restriction so that people are not
// mixed up: if a source names a different session than the winning one, its
// distinct id is ignored. A window id is taken only from a source that names
// the winning session.
//
// The consent comes from [WithConsent], from WithIdentity and from baggage, and
// the strictest of them counts. Anybody may opt out. A consent in baggage counts
// only from a caller that may be one of your services: it is refused from a
// browser, that is, from a request that names its session in a header, a query
// parameter or a cookie and not in baggage, and from everybody with
// [WithPublicEndpoint]. Let a page state its consent in a cookie or a header of
// your own, and read that in WithConsent.
//
// An X-POSTHOG-* header may be repeated, on several lines or joined by commas
// as XMLHttpRequest and proxies do. If all values are equal, they count as one;
// if they differ, the header is refused and the next source is read. A header
// in Latin-1 is decoded. Of several baggage members with one name, the last
// valid one counts, as in OpenTelemetry. Of several cookies, the one with a
// live session and the latest activity counts. Words that a page sends from an
// empty variable, such as undefined or null, are not ids. Invalid values are
// refused and counted by [WithMeterProvider]; the request continues without
// them.
//
// A session.id that is a UUID of a version other than 7 belongs to another
// system, such as Datadog RUM. It is not a PostHog session and is forwarded
// unchanged; the PostHog session is then written as posthog.session_id.
//
// By default the caller's trace context is trusted, as otelhttp trusts it. Use
// [WithSampler] or [WithNewTrace] at an edge that anybody can call.
//
// The inner handler always gets one baggage header of at most 64 members and
// 8192 bytes, with the session first. The X-POSTHOG-* headers of the request
// are rewritten to agree with it. Other members follow in their order as long
// as there is room; [WithoutForeignBaggage] drops them. The context has the
// same members, so it does not matter whether otelhttp extracts them again.
//
// Session ids are claims of the caller, and so are distinct ids without
// WithIdentity. They say which replay to show. Never use them for
// authorization.
//
// To link ordinary posthog-go events to the replay, pass the function of
// package posthoggo to [WithRequestContext]. If you also use posthog-go's
// NewRequestContextMiddleware, put it outside NewHandler: NewHandler then keeps
// the properties it found and replaces the ids. Inside, the middleware would
// read the ids from the X-POSTHOG-* headers and lose a session that arrived in
// baggage.
//
// # The way out
//
// The session is sent only to hosts that you name. [Propagator] injects the
// members above only into calls that are marked as going to one of your
// services: by [NewTransport], for the hosts that [WithTrustedHosts] names, by
// the interceptors of contrib/grpc and the middleware of contrib/mcp, and by
// [ContextWithTrust] for a message queue. Other baggage members and traceparent
// are sent as before, unless [WithoutBaggage] or [WithoutTraceContext] says
// otherwise.
//
// With a plain propagation.Baggage instead of Propagator, every instrumented
// client sends the session with every call, for example to the LLM vendor or to
// Google's API over gRPC, unless NewTransport guards that client.
//
// # The way back
//
// [ServerTiming] tells the browser the trace id of its request. A page on another
// origin needs permission to send the headers above and to read that one:
// [AllowedHeaders], [ExposedHeaders].
//
// # Wrong configuration
//
// NewHandler and NewTransport return no error, so they can be used like any
// other middleware. An option that is not usable is ignored, which always means
// the stricter behavior, and is reported to the OpenTelemetry error handler,
// which logs it by default.
package baggage
