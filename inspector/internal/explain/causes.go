package explain

// Cause is why an event is linked to a browser session, or why not.
type Cause string

// The causes.
const (
	Linked           Cause = "linked"
	TwoSessions      Cause = "two_sessions"
	NotABrowserID    Cause = "not_a_browser_id"
	Refused          Cause = "refused"
	DroppedBetween   Cause = "dropped_between"
	LostInService    Cause = "lost_in_service"
	BeforeContext    Cause = "before_context"
	NoProcessor      Cause = "no_processor"
	WithoutSession   Cause = "request_without_session"
	PreflightRefused Cause = "preflight_refused"
	NoRequest        Cause = "no_request"
	NoParent         Cause = "no_parent"
	ChatInstead      Cause = "chat_id_instead"
	Unknown          Cause = "unknown"
)

// text is what a cause means and what to do about it.
type text struct{ Title, Fix string }

var texts = map[Cause]text{
	Linked: {"Linked to a browser session", ""},
	TwoSessions: {
		"The trace holds more than one session",
		"PostHog shows the replay button on each event, but none on the trace. Start a new trace for each request, and do not reuse a context for several users.",
	},
	NotABrowserID: {
		"The session id is not one of posthog-js",
		"posthog-js makes UUIDv7 ids; PostHog finds no recording for another one. Send posthog.get_session_id() from the page, not a chat or login session.",
	},
	Refused: {
		"A session came, but it was refused",
		"Send one valid session id: 1 to 200 visible ASCII characters, the same in every header. Pages that set the header from an empty variable send the text undefined: send no header until posthog.get_session_id() returns an id.",
	},
	DroppedBetween: {
		"The session was lost between two services",
		"On the calling side, wrap the HTTP client in baggage.NewTransport with the called host in WithTrustedHosts, and set a propagator with propagation.Baggage{}. On the called side, extract with the same propagator.",
	},
	LostInService: {
		"The session was lost inside one service",
		"Pass the request's context to the LLM call (context.WithoutCancel keeps the session in a goroutine, context.Background drops it), and make the span with the TracerProvider that has processor.New.",
	},
	BeforeContext: {
		"The span began before the session was in its context",
		"Put baggage.NewHandler outside of otelhttp.NewHandler, so that the session is there when the first span starts. Baggage that is added after tracer.Start misses that span.",
	},
	NoProcessor: {
		"The service has no session processor",
		"Put processor.New in front of the exporter of this service: sdktrace.WithSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp))). In other languages, set the attribute $session_id on the span from the baggage member session.id.",
	},
	WithoutSession: {
		"The request came without a session",
		"Name the API host in the page: posthog.init(key, {tracing_headers: ['api.example.com']}), without port. On another origin, allow the headers of baggage.AllowedHeaders in CORS. Put baggage.NewHandler around the handler that browsers reach.",
	},
	PreflightRefused: {
		"The browser's CORS preflight was refused",
		"Answer OPTIONS with Access-Control-Allow-Headers that names X-POSTHOG-SESSION-ID, X-POSTHOG-WINDOW-ID and X-POSTHOG-DISTINCT-ID (baggage.AllowedHeaders).",
	},
	NoRequest: {
		"No request was seen: the call was made outside of one",
		"A job, a timer or a goroutine with context.Background has no session. Keep the context of the request (context.WithoutCancel), or store the session with the job and set it with baggage.ContextWithSession.",
	},
	NoParent: {
		"The parent span never arrived",
		"Send the spans of the calling service here, too. If it samples, wrap its sampler in processor.KeepSessions, so that requests with a session are kept.",
	},
	ChatInstead: {
		"The browser session is in $ai_session_id, not in $session_id",
		"$ai_session_id groups the traces of a chat. Set $session_id to the id of posthog.get_session_id(); that is what links the replay.",
	},
	Unknown: {
		"Unknown: the spans of this event did not arrive here",
		"Send OTLP here, too: set OTEL_EXPORTER_OTLP_ENDPOINT to the address of the inspector in every service of the trace. Then the inspector can follow the session from hop to hop.",
	},
}

// Title is the cause in one line.
func (c Cause) Title() string { return texts[c].Title }

// Fix says what to do.
func (c Cause) Fix() string { return texts[c].Fix }

// Causes lists all causes but [Linked], the most telling first.
var Causes = []Cause{
	Refused, PreflightRefused, DroppedBetween, LostInService, BeforeContext, NoProcessor, WithoutSession,
	NoRequest, NoParent, ChatInstead, NotABrowserID, TwoSessions, Unknown,
}
