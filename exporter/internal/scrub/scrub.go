// Package scrub applies redactors to every text of an event: the ready-made ones
// of package pii and those of the user, to the values of attributes, the strings
// and the member names in JSON documents, and the keys of attributes.
//
// Most events hold nothing to redact, and are searched without being read as JSON
// (detect.go). Only where something may be found, or where a redactor of the user
// wants to see each text, is a document parsed (document.go).
package scrub

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/names"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// Config says what is redacted.
type Config struct {
	// Set are the ready-made redactors; nil for none.
	Set *pii.Set
	// Secrets also replaces the strings whose names say that they are secrets.
	Secrets bool
	// KeepBinary leaves base64 in the keys of attributes. In values, the conversion
	// has replaced it.
	KeepBinary bool
	// Custom are the redactors of the user, called in order.
	Custom []*Guard
}

// Scrubber redacts events, one after the other.
type Scrubber struct {
	cfg Config
	// known is what was found out about the names of attributes and members: there
	// are few, and they come again and again.
	known map[string]nameFacts
	flat  []byte // memory of detect.go
	json  []byte
	event string // the name of the event at hand
	// Panics and Timeouts count the texts that were withheld because a redactor of
	// the user failed.
	Panics, Timeouts int
}

// New returns a Scrubber.
func New(cfg Config) *Scrubber { return &Scrubber{cfg: cfg, known: map[string]nameFacts{}} }

// SecretNote stands in the place of a string whose name says that it is a secret.
const SecretNote = "[secret redacted]"

// untouched are ids without which an event is lost in PostHog, and what this
// module itself writes.
var untouched = map[string]bool{
	names.PropertyTraceID: true, names.PropertySpanID: true, names.PropertyParentID: true, names.PropertySessionID: true,
	names.PropertyWindowID: true, names.PropertyLib: true, names.PropertyLibVersion: true, names.PropertyGroups: true,
}

// Event redacts, in place, the properties of an event.
func (s *Scrubber) Event(e *event.Event) {
	if s.cfg.Set == nil && !s.cfg.Secrets && s.cfg.KeepBinary && len(s.cfg.Custom) == 0 {
		return
	}
	s.event = e.Name
	if len(s.cfg.Custom) == 0 && !s.suspectEvent(e) {
		return
	}
	for i := range e.Properties {
		p := &e.Properties[i]
		facts := s.name(p.Key)
		if facts.untouched {
			continue
		}
		s.value(p, facts.secret)
		if facts.clean != "" {
			p.Key = facts.clean
		}
	}
}

func (s *Scrubber) value(p *prop.Property, secret bool) {
	switch p.Value.Type() {
	case attribute.STRING:
		if p.JSON {
			s.document(p)
			return
		}
		at := place{property: p.Key, name: p.Key, secret: secret}
		if text, changed := s.text(p.Value.AsString(), &at); changed {
			p.Value = attribute.StringValue(text)
		}
	case attribute.STRINGSLICE, attribute.SLICE, attribute.MAP:
		n := jsontree.FromValue(p.Value)
		if s.tree(&n, &place{property: p.Key, name: p.Key, secret: secret}) {
			*p = prop.Doc(p.Key, n.JSON())
		}
	}
}

// nameFacts is what the name of an attribute or of a member says.
type nameFacts struct {
	untouched bool
	secret    bool   // strings under it are secrets
	clean     string // the name without what was found in it; "" when nothing was
}

// Limits of the names that are remembered.
const (
	maxNames   = 512
	maxNameLen = 64
)

// name looks at a name, or remembers it.
func (s *Scrubber) name(name string) nameFacts {
	if facts, ok := s.known[name]; ok {
		return facts
	}
	facts := nameFacts{untouched: untouched[name]}
	facts.secret = s.cfg.Secrets && pii.SecretName(name)
	clean, changed := name, false
	if !s.cfg.KeepBinary {
		clean, changed = redact.String(clean)
	}
	if text, found := s.cfg.Set.Redact(clean); found {
		clean, changed = text, true
	}
	if changed {
		facts.clean = clean
	}
	if len(name) <= maxNameLen && len(s.known) < maxNames {
		s.known[strings.Clone(name)] = facts
	}
	return facts
}
