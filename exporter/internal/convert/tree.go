package convert

import (
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// tree corrects the events of a batch by their trace trees: parents, sessions,
// and calls that several spans report. The span processor does the same across
// batches for the spans of its process; then nothing is left to correct.
type tree struct {
	resolver tracetree.Resolver
	spans    []tracetree.Span
	known    []dialect.Knowledge
}

// mend changes events. events[i] is the event of spans[i], or nil.
func (t *tree) mend(spans []sdktrace.ReadOnlySpan, events []*event.Event, known []dialect.Knowledge) {
	if len(spans) < 2 && (len(known) == 0 || !known[0].Unnamed) {
		return
	}
	t.known = known
	t.spans = t.spans[:0]
	calls := 0
	for i := range spans {
		if e := events[i]; e != nil && (isCall(e) || known[i].Unnamed) {
			calls++
		}
	}
	for i, span := range spans {
		t.spans = append(t.spans, describe(span, events[i], &known[i], calls > 0))
	}
	results := t.resolver.Resolve(t.spans, tracetree.Options{})
	if t.readInputs(results) {
		results = t.resolver.Resolve(t.spans, tracetree.Options{})
	}
	for i := range results {
		if events[i] != nil {
			t.apply(i, &results[i], events)
		}
	}
	clear(t.spans)
}

// describe returns the tree's view of a span; e is nil if it has no event.
func describe(span sdktrace.ReadOnlySpan, e *event.Event, k *dialect.Knowledge, calls bool) tracetree.Span {
	if span == nil {
		return tracetree.Span{}
	}
	sc, parent := span.SpanContext(), span.Parent()
	s := tracetree.Span{
		Trace: sc.TraceID(), ID: sc.SpanID(), Parent: parent.SpanID(), Remote: parent.IsRemote(),
		Scope: span.InstrumentationScope().Name, Start: span.StartTime().UnixNano(), End: span.EndTime().UnixNano(),
	}
	if e == nil {
		s.Session = session.FromSpan(span.Name(), span.Attributes(), span.EndTime())
		return s
	}
	s.Facts.Kind = tracetree.Step
	if calls {
		s.Facts = k.Facts()
	}
	s.Session = session.Session{ID: e.Text(names.PropertySessionID), WindowID: e.Text(names.PropertyWindowID), Consent: e.Consent()}
	if e.Get(names.PropertyProcessPersonProfile) == nil {
		s.Session.DistinctID = e.DistinctID
	}
	if e.Text(names.PropertyParentID) == e.Text(names.PropertyTraceID) {
		s.Parent = [8]byte{} // the processor knows of no AI span above
	}
	return s
}

// readInputs reads the input messages of calls in traces with calls that seem
// to be the same: different messages show that they are not. It reports whether
// there are such traces. It is slow, and most traces have no such calls.
func (t *tree) readInputs(results []tracetree.Result) bool {
	var traces map[trace.TraceID]bool
	for i := range results {
		if results[i].Stays < 0 {
			continue
		}
		if traces == nil {
			traces = make(map[trace.TraceID]bool)
		}
		traces[t.spans[i].Trace] = true
	}
	if traces == nil {
		return false
	}
	for i := range t.spans {
		if s := &t.spans[i]; s.Facts.HasInput && s.Facts.Input == 0 && traces[s.Trace] {
			s.Facts.Input = t.known[i].InputHash()
		}
	}
	return true
}

// apply changes one event.
func (t *tree) apply(i int, r *tracetree.Result, events []*event.Event) {
	e, s := events[i], &t.spans[i]
	switch {
	case e.Name == names.EventTrace: // a trace has no parent, whatever its span has
	case r.Place == tracetree.Below && r.Parent != s.Parent:
		e.Set(prop.String(names.PropertyParentID, r.Parent.String()))
	case r.Place == tracetree.Top:
		e.Set(prop.String(names.PropertyParentID, e.Text(names.PropertyTraceID)))
	}
	switch {
	case r.Kind == tracetree.Generation && !isCall(e):
		e.Name = names.EventGeneration
	case r.Kind == tracetree.Step && isCall(e):
		e.Name = names.EventSpan
		if e.Get(names.PropertyParentID) == nil {
			e.Name = names.EventTrace
		}
	}
	for _, m := range r.Merged {
		k := t.known[i]
		k.Properties = e.Properties // with what others have handed over
		for _, p := range dialect.Handover(&k, &t.known[m]) {
			e.Set(p)
		}
		takeError(e, events[m])
	}
	setConsent(e, r.Consent)
	if r.Session >= 0 && s.Session.ID == "" {
		from := &t.spans[r.Session].Session
		setText(e, names.PropertySessionID, from.ID)
		setText(e, names.PropertyWindowID, from.WindowID)
	}
	if r.Person >= 0 && s.Session.DistinctID == "" {
		e.DistinctID = event.CutID(t.spans[r.Person].Session.DistinctID)
		e.Unset(names.PropertyProcessPersonProfile)
	}
}

// setConsent sets what the tree says about the consent of the person.
func setConsent(e *event.Event, c session.Consent) {
	if c != session.ConsentUnknown && c != e.Consent() {
		e.Set(prop.Any(event.OptOutKey, attribute.BoolValue(c != session.ConsentGiven)))
	}
}

// takeError copies an error that only the other span of the same call has.
func takeError(e, other *event.Event) {
	if other.Get(names.PropertyIsError) == nil {
		return
	}
	if e.Get(names.PropertyError) == nil {
		e.ErrorType = other.ErrorType
	}
	for _, key := range []string{names.PropertyIsError, names.PropertyError, names.PropertyHTTPStatus} {
		if p := other.Get(key); p != nil && e.Get(key) == nil {
			e.Set(*p)
		}
	}
}

func setText(e *event.Event, key, text string) {
	if text != "" {
		e.Set(prop.String(key, text))
	}
}

// isCall reports whether PostHog sums the tokens of an event.
func isCall(e *event.Event) bool {
	return e.Name == names.EventGeneration || e.Name == names.EventEmbedding
}
