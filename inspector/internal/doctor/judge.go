package doctor

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/otelposthog/otelposthog-go/inspector/internal/explain"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// judge says what came of one probe.
func (p *probe) judge(snap store.Snapshot, world explain.World) Result {
	r := Result{Name: p.name, About: p.about, Session: p.session, TraceID: p.traceID, Status: p.status}
	switch {
	case p.err != nil:
		r.Grade, r.Detail = Fail, "The request failed: "+p.err.Error()
	case p.method == http.MethodOptions:
		r.TraceID = ""
		p.judgePreflight(&r)
	default:
		p.judgeEvents(&r, snap, world)
	}
	return r
}

func (p *probe) judgeEvents(r *Result, snap store.Snapshot, world explain.World) {
	t, _ := p.trace(snap)
	events := p.events(snap)
	if t.ID != "" {
		r.TraceID = t.ID
	}
	if p.status >= http.StatusBadRequest {
		r.Detail = fmt.Sprintf("The endpoint answered %d. ", p.status)
	}
	if len(events) == 0 {
		r.Grade = Fail
		if len(t.Spans) > 0 {
			r.Detail += fmt.Sprintf("%d spans arrived, none of them of an LLM call.", len(t.Spans))
			r.Fix = "Give the doctor a method and a body (-method, -body) that make the endpoint call its LLM, and a service whose LLM client makes GenAI spans."
		} else {
			r.Detail += "Nothing of this request arrived at the inspector."
			r.Fix = "Point the services to the inspector with OTEL_EXPORTER_OTLP_ENDPOINT or POSTHOG_HOST, flush them, or wait longer (-wait)."
		}
		return
	}
	trace := explain.NewTrace(t)
	verdict := trace.Event(events[len(events)-1], world)
	r.Hops = verdict.Hops
	for _, e := range events {
		if e.SessionID == p.session {
			continue
		}
		v := trace.Event(e, world)
		r.Hops = v.Hops
		if p.session == "" {
			r.Grade = Fail
			r.Detail += fmt.Sprintf("An event has the session %q, which nobody sent as a session.", e.SessionID)
			r.Fix = "Read sessions with baggage.NewHandler, which refuses such texts."
			return
		}
		r.Grade, r.Detail, r.Fix = Fail, r.Detail+v.Title+". "+v.Detail, v.Fix
		return
	}
	r.Grade = Pass
	if p.session == "" {
		r.Detail += fmt.Sprintf("%d AI events, none with a session.", len(events))
		return
	}
	r.Detail += fmt.Sprintf("All %d AI events have the session. %s", len(events), verdict.Detail)
}

// judgePreflight never fails: a page on the same origin sends no preflight.
func (p *probe) judgePreflight(r *Result) {
	origin := p.answer.Get("Access-Control-Allow-Origin")
	allowed := strings.ToLower(strings.Join(p.answer.Values("Access-Control-Allow-Headers"), ","))
	var missing []string
	for _, name := range []string{"x-posthog-session-id", "x-posthog-window-id", "x-posthog-distinct-id"} {
		if !strings.Contains(allowed, name) && !strings.Contains(allowed, "*") {
			missing = append(missing, name)
		}
	}
	r.Grade = Unclear
	switch {
	case origin == "":
		r.Detail = "The preflight names no allowed origin for https://app.example.com. That is right where the page is on the same origin, or where only your own origins are allowed."
		r.Fix = explain.PreflightRefused.Fix()
	case len(missing) > 0:
		r.Grade = Fail
		r.Detail = "The preflight does not allow " + strings.Join(missing, ", ") + ": the browser blocks requests that carry the session."
		r.Fix = explain.PreflightRefused.Fix()
	default:
		r.Grade, r.Detail = Pass, "The preflight allows the three headers."
	}
}
