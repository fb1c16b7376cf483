package scrub

import (
	"slices"
	"strconv"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// place says where a text stands.
type place struct {
	property string
	role     string // of the message
	name     string // of the member or the attribute that holds the text
	secret   bool   // that name is one of a secret

	above *place // in the document
	index int    // in a list; else the name is the step from above
	list  bool
}

func (at *place) item(i int) place {
	below := *at
	below.above, below.index, below.list = at, i, true
	return below
}

func (at *place) member(name string, secret bool) place {
	below := *at
	below.above, below.list, below.name, below.secret = at, false, name, secret
	return below
}

// path returns the steps to a text. It is made only when somebody wants to know, and
// long names are cut: else a document of many members below a long name would take
// quadratic time.
func (at *place) path() string {
	var steps []string
	for ; at.above != nil; at = at.above {
		if at.list {
			steps = append(steps, strconv.Itoa(at.index))
		} else {
			steps = append(steps, at.name[:min(len(at.name), maxNameLen)])
		}
	}
	slices.Reverse(steps)
	return strings.Join(steps, ".")
}

// document redacts a property that is a JSON document.
func (s *Scrubber) document(p *prop.Property) {
	if len(s.cfg.Custom) == 0 && !s.suspect(p.Value.AsString()) {
		return
	}
	n := p.Tree()
	if s.tree(&n, &place{property: p.Key, name: p.Key}) {
		*p = prop.Doc(p.Key, n.JSON())
	}
}

// tree redacts a document in place, and reports whether it changed.
func (s *Scrubber) tree(n *jsontree.Node, at *place) (changed bool) {
	switch n.Kind {
	case jsontree.String:
		n.Text, changed = s.text(n.Text, at)
	case jsontree.Number:
		if text, found := s.inContext(n.Text, at.name); found {
			*n, changed = jsontree.Str(text), true
		}
	case jsontree.Array:
		for i := range n.Items {
			below := at.item(i)
			changed = s.tree(&n.Items[i], &below) || changed
		}
	case jsontree.Object:
		if role := n.Get("role"); role.Is(jsontree.String) {
			inMessage := *at
			inMessage.role, at = role.Text, &inMessage
		}
		for i := range n.Members {
			m := &n.Members[i]
			facts := s.name(m.Name)
			below := at.member(m.Name, facts.secret)
			changed = s.tree(&m.Value, &below) || changed
			if facts.clean != "" {
				m.Name, changed = facts.clean, true
			}
		}
	}
	return changed
}

// text redacts one text, which may itself hold a JSON document.
func (s *Scrubber) text(text string, at *place) (string, bool) {
	if text == "" {
		return text, false
	}
	if at.secret {
		return SecretNote, text != SecretNote
	}
	out, changed := text, false
	if start := strings.TrimLeft(text, " \t\r\n"); start != "" && (start[0] == '{' || start[0] == '[') && s.namesSecret(text) {
		if n, ok := jsontree.ParseContainer(text); ok && s.readyMade().tree(&n, &place{property: at.property}) {
			out, changed = n.JSON(), true
		}
	}
	if redacted, found := s.inContext(out, at.name); found {
		out, changed = redacted, true
	}
	for _, custom := range s.cfg.Custom {
		redacted := s.call(custom, Text{Event: s.event, Property: at.property, Role: at.role, Path: at.path(), Value: out})
		out, changed = redacted, changed || redacted != out
	}
	return out, changed
}

// readyMade returns the Scrubber without the redactors of the user: they see each
// text once, as a whole.
func (s *Scrubber) readyMade() *Scrubber {
	if len(s.cfg.Custom) == 0 {
		return s
	}
	alone := *s
	alone.cfg.Custom = nil
	return &alone
}

// inContext redacts a text alone, and then behind its name: what "0171 2345678"
// is can depend on whether "phone" stands before it.
func (s *Scrubber) inContext(text, name string) (string, bool) {
	if out, found := s.cfg.Set.Redact(text); found {
		return out, true
	}
	if name == "" || len(name) > maxNameLen || len(text) > maxValueLen {
		return text, false
	}
	before := name + ": "
	out, found := s.cfg.Set.Redact(before + text)
	if !found || len(out) <= len(before) || out[:len(before)] != before {
		return text, false
	}
	return out[len(before):], true
}

// maxValueLen is the length up to which the name before a text tells what it is.
const maxValueLen = 256
