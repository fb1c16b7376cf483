package exporter

import (
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/exporter/internal/privacy"
	"github.com/otelposthog/otelposthog-go/exporter/internal/scrub"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/internal/session"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// steps lists the steps of an event between its conversion, which replaces
// base64 content, and its delivery, which shrinks it if it is too large. Each
// step reports whether the event is still to be sent. docs/privacy.md shows the
// same list.
var steps = [...]struct {
	name string
	do   func(*pipeline, *event.Event, sdktrace.ReadOnlySpan) bool
}{
	{"person", (*pipeline).person},
	{"content level", (*pipeline).withhold},
	{"redactors", (*pipeline).redact},
	{"properties", (*pipeline).fill},
	{"before send", (*pipeline).beforeSend},
}

// pipeline turns one batch of spans at a time into events.
type pipeline struct {
	cfg       *privacyConfig
	fixed     []attribute.KeyValue
	converter *convert.Converter
	scrubber  *scrub.Scrubber
	asides    asides
}

// asides counts what an export did besides delivering events.
type asides struct {
	optedOut, dropped int           // events that are not to be sent
	failed            map[call]int  // calls of functions of the user
	broken            []brokenEvent // events that a panic took
}

// call is a failed call of a user's function: the function and the reason.
type call struct{ function, reason string }

type brokenEvent struct {
	span    int
	failure *outcome.Failure
}

func newPipeline(cfg *config) *pipeline {
	return &pipeline{
		cfg: &cfg.privacyConfig, fixed: cfg.properties,
		converter: convert.New(cfg.convert), scrubber: scrub.New(cfg.scrub),
	}
}

// batch returns the events of the AI spans among spans. They are valid until
// reset.
func (p *pipeline) batch(spans []sdktrace.ReadOnlySpan) []event.Event {
	events := p.converter.Batch(spans)
	for _, span := range p.converter.Failed() {
		p.asides.broken = append(p.asides.broken, brokenEvent{span, &panicked})
	}
	kept := 0
	for i := range events {
		if !p.run(&events[i], spans[events[i].Span]) {
			continue
		}
		if kept < i {
			events[kept] = events[i]
		}
		kept++
	}
	return events[:kept]
}

// run takes an event through all steps; span is nil for one that has no span.
func (p *pipeline) run(e *event.Event, span sdktrace.ReadOnlySpan) bool {
	for i := range steps {
		if !steps[i].do(p, e, span) {
			return false
		}
	}
	return true
}

// reset releases the last batch.
func (p *pipeline) reset() {
	p.converter.Reset()
	p.scrubber.Panics, p.scrubber.Timeouts = 0, 0
	p.asides = asides{}
}

// person sets the distinct id from the user's function, and hashes it.
func (p *pipeline) person(e *event.Event, span sdktrace.ReadOnlySpan) bool {
	if p.cfg.distinctID != nil && span != nil {
		id, ok := try(p, "distinct_id", func() string { return p.cfg.distinctID(span) })
		switch {
		case !ok:
			nobody(e)
		case id != "":
			e.DistinctID = event.CutID(id)
			if !says(span, semconv.PropertyProcessPersonProfile) {
				e.Unset(semconv.PropertyProcessPersonProfile)
			}
		}
	}
	if len(p.cfg.hashKey) > 0 {
		plain := e.DistinctID
		e.DistinctID = HashDistinctID(p.cfg.hashKey, plain)
		e.UnsetText(plain)
	}
	return true
}

// says reports whether somebody has set a property on the span.
func says(span sdktrace.ReadOnlySpan, property string) bool {
	return slices.ContainsFunc(span.Attributes(), func(kv attribute.KeyValue) bool { return string(kv.Key) == property })
}

// nobody gives an event the distinct id of an unknown person.
func nobody(e *event.Event) {
	e.DistinctID = event.NobodyOf(e.Text(semconv.PropertyTraceID))
	e.Set(prop.Any(semconv.PropertyProcessPersonProfile, attribute.BoolValue(false)))
}

// withhold removes the properties that must not leave the process.
func (p *pipeline) withhold(e *event.Event, span sdktrace.ReadOnlySpan) bool {
	level := privacy.Level(p.cfg.content)
	if span != nil && p.cfg.contentFunc != nil {
		content, ok := try(p, "content", func() Content { return p.cfg.contentFunc(span) })
		if !ok {
			content = ContentNone
		}
		level = level.And(privacy.Level(content))
	}
	consent := e.Consent()
	if consent == session.ConsentRefused && p.cfg.dropOptedOut {
		p.asides.optedOut++
		return false
	}
	if consent == session.ConsentRefused || p.cfg.consentNeeded && consent != session.ConsentGiven {
		level = privacy.None
	}
	privacy.Withhold(e, level, &p.cfg.allowed)
	return true
}

// redact applies the redactors.
func (p *pipeline) redact(e *event.Event, _ sdktrace.ReadOnlySpan) bool {
	p.scrubber.Event(e)
	return true
}

// fill adds the properties of all events.
func (p *pipeline) fill(e *event.Event, _ sdktrace.ReadOnlySpan) bool {
	if p.cfg.groupsValue.Key != "" && e.Get(semconv.PropertyGroups) == nil {
		e.Set(p.cfg.groupsValue)
	}
	e.Fill(p.fixed)
	return true
}

// hookPanicked is the failure of an event whose BeforeSend function panicked.
var hookPanicked = outcome.Failure{
	Reason: outcome.BeforeSend,
	Err:    errors.New("the function of WithBeforeSend panicked, so it is unknown whether the event may be sent"),
}

// beforeSend calls the user's function, which decides last.
func (p *pipeline) beforeSend(e *event.Event, _ sdktrace.ReadOnlySpan) bool {
	if p.cfg.beforeSend == nil {
		return true
	}
	seen := Event{DistinctID: e.DistinctID, e: e}
	keep, ok := try(p, "before_send", func() bool { return p.cfg.beforeSend(&seen) })
	switch {
	case !ok:
		p.asides.broken = append(p.asides.broken, brokenEvent{e.Span, &hookPanicked})
		return false
	case !keep:
		p.asides.dropped++
		return false
	case seen.DistinctID == "":
		nobody(e)
	default:
		e.DistinctID = event.CutID(seen.DistinctID)
	}
	return true
}

// try calls a user's function, and counts a panic.
func try[T any](p *pipeline, function string, f func() T) (result T, ok bool) {
	defer func() {
		if recover() != nil {
			p.count(call{function, "panic"}, 1)
		}
	}()
	result = f()
	return result, true
}

func (p *pipeline) count(c call, n int) {
	if n == 0 {
		return
	}
	if p.asides.failed == nil {
		p.asides.failed = map[call]int{}
	}
	p.asides.failed[c] += n
}

// takeAsides returns the asides and resets them.
func (p *pipeline) takeAsides() asides {
	p.count(call{"redactor", "panic"}, p.scrubber.Panics)
	p.count(call{"redactor", "timeout"}, p.scrubber.Timeouts)
	return p.asides
}
