// Package explain says why an event is linked to a browser session, or why not,
// from the spans that arrived. It is a pure function of a trace.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// Verdict is the answer for one event.
type Verdict struct {
	Linked bool  `json:"linked"`
	Cause  Cause `json:"cause"`
	// Title is the cause in one line, Detail what was seen in this trace, Fix what
	// to do. Certain is false where the spans allow other causes, too.
	Title   string `json:"title"`
	Detail  string `json:"detail"`
	Fix     string `json:"fix,omitempty"`
	Certain bool   `json:"certain"`
	// Hops lead from the first known span to the span of the event.
	Hops []Hop `json:"hops"`
}

// World is what is known beyond the trace of the event.
type World struct {
	// BrowserSessions are the sessions that posthog-js sent events or recordings of.
	BrowserSessions map[string]bool
	// RefusedPreflights are the services that answered an OPTIONS request with an
	// error.
	RefusedPreflights map[string]bool
	// Noting are the services whose spans came past a processor, which notes the link.
	Noting map[string]bool
}

// NewWorld looks at everything that arrived.
func NewWorld(snap store.Snapshot) World {
	w := World{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, e := range snap.Loose {
		if e.SessionID != "" {
			w.BrowserSessions[e.SessionID] = true
		}
	}
	for _, c := range snap.Chunks {
		w.BrowserSessions[c.SessionID] = true
	}
	for _, t := range snap.Traces {
		for _, s := range t.Spans {
			w.note(s)
		}
	}
	return w
}

func (w *World) note(s *otlp.Span) {
	if s.Text(string(semconv.LinkStatusKey)) != "" {
		w.Noting[s.Service()] = true
	}
	method, _ := firstText(s.Data.Attributes(), "http.request.method", "http.method")
	if method != "OPTIONS" {
		return
	}
	for _, key := range []string{"http.response.status_code", "http.status_code"} {
		if v, ok := s.Data.Attributes().Get(key); ok && v.Int() >= 400 {
			w.RefusedPreflights[s.Service()] = true
		}
	}
}

// Trace is a trace whose events can be explained.
type Trace struct {
	store.Trace
	spans    map[string]*otlp.Span
	sessions []string
}

// NewTrace prepares a trace.
func NewTrace(t store.Trace) Trace {
	tr := Trace{Trace: t, spans: make(map[string]*otlp.Span, len(t.Spans))}
	add := func(id string) {
		if id != "" && !slices.Contains(tr.sessions, id) {
			tr.sessions = append(tr.sessions, id)
		}
	}
	for _, s := range t.Spans {
		tr.spans[s.Data.SpanID().String()] = s
		id, _ := sessionOf(s)
		add(id)
	}
	for _, e := range t.Events {
		add(e.SessionID)
	}
	return tr
}

// Event returns the verdict for an event of the trace.
func (t Trace) Event(e *store.Event, w World) Verdict {
	hops, span := t.hopsTo(e.SpanID)
	if span != nil && e.LinkStatus != "" {
		// Some exporters keep on the event what the processor noted.
		hops[len(hops)-1].Status, hops[len(hops)-1].Reason = e.LinkStatus, e.LinkReason
	}
	v := Verdict{Hops: hops}
	v.Cause, v.Detail, v.Certain = judge(e, t, hops, span, w)
	v.Linked = e.SessionID != ""
	v.Title, v.Fix = v.Cause.Title(), v.Cause.Fix()
	return v
}

func judge(e *store.Event, t Trace, hops []Hop, span *otlp.Span, w World) (Cause, string, bool) {
	if e.SessionID != "" {
		return linked(e, t, hops)
	}
	if e.ChatID != "" && w.BrowserSessions[e.ChatID] {
		return ChatInstead, fmt.Sprintf("The browser recorded session %s. The event has it as $ai_session_id only.", e.ChatID), true
	}
	if cause, detail, ok := noted(e, hops); ok {
		return cause, detail, true
	}
	if span == nil {
		return Unknown, "Only the event arrived, not its span.", true
	}
	if cause, detail, ok := lostOnTheWay(hops); ok {
		return cause, detail, true
	}
	if cause, detail, ok := elsewhereInTrace(hops, t); ok {
		return cause, detail, true
	}
	return neverThere(hops, w)
}

// linked says which hop brought the session.
func linked(e *store.Event, t Trace, hops []Hop) (Cause, string, bool) {
	if others := t.otherSessions(e.SessionID); len(others) > 0 {
		return TwoSessions, fmt.Sprintf("This event has %s; other spans or events of the trace have %s.", e.SessionID, strings.Join(others, ", ")), true
	}
	if !isUUIDv7(e.SessionID) {
		return NotABrowserID, fmt.Sprintf("$session_id is %q.", e.SessionID), true
	}
	with := slices.IndexFunc(hops, func(h Hop) bool { return h.SessionID == e.SessionID })
	if with < 0 {
		return Linked, "The event came with $session_id. Its spans did not arrive here, so the way of the id is not known.", true
	}
	first := hops[with]
	detail := fmt.Sprintf("The session is first seen on %s of %s, as the attribute %s.", quote(first.Name), name(first.Service), first.Key)
	if services := servicesOf(hops[with:]); len(services) > 1 {
		detail += " From there it went on to " + strings.Join(services[1:], ", ") + "."
	}
	if hops[len(hops)-1].SessionID == "" {
		detail += " The exporter took it over from the spans above."
	}
	return Linked, detail, true
}

// noted believes what the processor wrote on the span that it handed on.
// That no session came in says little where other spans are known: the hop before
// may have had it.
func noted(e *store.Event, hops []Hop) (Cause, string, bool) {
	status, reason := e.LinkStatus, e.LinkReason
	if len(hops) > 0 {
		status, reason = hops[len(hops)-1].Status, hops[len(hops)-1].Reason
	}
	switch {
	case status == semconv.LinkRefused:
		return Refused, fmt.Sprintf("The processor noted that the id in the request was refused: %s.", reason), true
	case len(hops) > 0:
		return "", "", false
	case status == semconv.LinkNoSession:
		return WithoutSession, "The processor noted that the request carried none.", true
	case status == semconv.LinkNoRequest:
		return NoRequest, "The processor noted that no request is above the span.", true
	case status == semconv.LinkNoParent:
		return NoParent, "The processor noted that it does not know the parent, which is in the same process.", true
	}
	return "", "", false
}

// lostOnTheWay finds the first hop without the session that its parent has.
func lostOnTheWay(hops []Hop) (Cause, string, bool) {
	last := -1
	for i, h := range hops {
		if h.SessionID != "" {
			last = i
		}
	}
	if last < 0 || last == len(hops)-1 {
		return "", "", false
	}
	from, to := hops[last], hops[last+1]
	if from.Service != to.Service {
		return DroppedBetween, fmt.Sprintf("%s has the session on %s. The next span, %s of %s, does not.",
			name(from.Service), quote(from.Name), quote(to.Name), name(to.Service)), true
	}
	return LostInService, fmt.Sprintf("In %s the span %s has the session, its child %s does not.",
		name(from.Service), quote(from.Name), quote(to.Name)), true
}

// elsewhereInTrace looks at the spans that are not on the way.
func elsewhereInTrace(hops []Hop, t Trace) (Cause, string, bool) {
	this := hops[len(hops)-1]
	for _, s := range t.Spans {
		id, _ := sessionOf(s)
		if id == "" || s.Service() != this.Service {
			continue
		}
		if s.Data.StartTimestamp().AsTime().Before(this.start) {
			return LostInService, fmt.Sprintf("In %s the earlier span %s has a session, %s does not.",
				name(this.Service), quote(s.Data.Name()), quote(this.Name)), true
		}
		return BeforeContext, fmt.Sprintf("In %s the session first appears on %s, after %s had begun.",
			name(this.Service), quote(s.Data.Name()), quote(this.Name)), true
	}
	return "", "", false
}

// neverThere explains a trace without any session.
func neverThere(hops []Hop, w World) (Cause, string, bool) {
	top := hops[0]
	if top.Missing {
		if len(hops) > 1 && !entry(hops[1].kind) {
			return NoParent, missingParent(hops[1]), true
		}
		// A server span whose parent is unknown is where a browser's request came in:
		// posthog-js sends a traceparent that nobody records.
		hops = hops[1:]
		top = hops[0]
	}
	request := slices.IndexFunc(hops, func(h Hop) bool { return entry(h.kind) })
	if request < 0 {
		return NoRequest, fmt.Sprintf("The trace begins with %s of %s. No span of it received a request.", quote(top.Name), name(top.Service)), true
	}
	entered := hops[request]
	this := hops[len(hops)-1]
	switch {
	case w.RefusedPreflights[entered.Service]:
		return PreflightRefused, fmt.Sprintf("%s answered an OPTIONS request with an error, and %s came without a session.", name(entered.Service), quote(entered.Name)), false
	case this.Status == semconv.LinkNoSession:
		return WithoutSession, fmt.Sprintf("%s received %s with no session in its headers.", name(entered.Service), quote(entered.Name)), true
	case len(w.Noting) > 0 && !w.Noting[this.Service]:
		return NoProcessor, fmt.Sprintf("The processors of other services note the link on their LLM spans; %s notes nothing.", name(this.Service)), false
	default:
		return WithoutSession, fmt.Sprintf("%s received %s, and no span from there on has a session: either no header came, or the service lacks baggage.NewHandler or processor.New.",
			name(entered.Service), quote(entered.Name)), false
	}
}

func missingParent(child Hop) string {
	const hasIsRemote, isRemote = 0x100, 0x200
	where := "a span that was not sent here"
	switch {
	case child.flags&(hasIsRemote|isRemote) == hasIsRemote|isRemote:
		where = "a span of another process: that one does not send here, or it does not sample"
	case child.flags&hasIsRemote != 0:
		where = "a span of the same process: it was not sampled, was filtered, or has not ended yet"
	}
	return fmt.Sprintf("The parent of %s of %s is %s.", quote(child.Name), name(child.Service), where)
}

func (t Trace) otherSessions(id string) []string {
	return slices.DeleteFunc(slices.Clone(t.sessions), func(other string) bool { return other == id })
}
