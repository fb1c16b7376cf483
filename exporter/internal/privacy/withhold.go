package privacy

import (
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Allowed are properties that somebody has named: they leave at every level, as
// they are. A name that ends in * stands for all that begin so.
type Allowed struct {
	exact    map[string]bool
	prefixes []string
}

// Allow adds names.
func (a *Allowed) Allow(keys ...string) {
	for _, key := range keys {
		if prefix, ok := strings.CutSuffix(key, "*"); ok {
			a.prefixes = append(a.prefixes, prefix)
			continue
		}
		if a.exact == nil {
			a.exact = map[string]bool{}
		}
		a.exact[key] = true
	}
}

func (a *Allowed) has(key string) bool {
	return a.exact[key] || slices.ContainsFunc(a.prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
}

// Withhold takes out of an event what does not leave at a level. Content that is
// there becomes null, so that its absence shows.
func Withhold(e *event.Event, level Level, allowed *Allowed) {
	if level == All {
		return
	}
	known := facts{errorType: e.ErrorType}
	kept := e.Properties[:0]
	for i := range e.Properties {
		if p, ok := withheld(&e.Properties[i], level, allowed, &known); ok {
			kept = append(kept, p)
		}
	}
	clear(e.Properties[len(kept):])
	e.Properties = kept
	for i := range e.Origins { // the keys of attributes can hold anything
		o := &e.Origins[i]
		o.Attributes = slices.DeleteFunc(slices.Clone(o.Attributes), func(key string) bool { return !isName(key) })
	}
	if !isPerson(e.DistinctID) {
		e.DistinctID = event.NobodyOf(e.Text(names.PropertyTraceID))
		e.Set(prop.Any(names.PropertyProcessPersonProfile, attribute.BoolValue(false)))
	}
}

func withheld(p *prop.Property, level Level, allowed *Allowed, known *facts) (prop.Property, bool) {
	if allowed.has(p.Key) {
		return *p, true
	}
	r, ok := ruleOf(p.Key)
	switch {
	case !ok || p.Value.Type() == attribute.EMPTY:
		return prop.Property{}, false
	case r.side != neither && (level.has(r.side) || !p.JSON && attr.IsNothing(p.Value)):
		return *p, true
	}
	return r.shape.keep(p, known)
}

// isPerson reports whether a text may be the id of a person: one word of any
// script.
func isPerson(s string) bool {
	return s != "" && len(s) <= 200 && !strings.ContainsAny(s, " \t\r\n\x00")
}
