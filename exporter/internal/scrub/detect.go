package scrub

import (
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

// suspectEvent reports whether there may be something to redact in an event. It
// puts all texts one behind the other, each behind its name and with its escape
// sequences resolved, and looks at them at once: that is much faster than a look at
// each, and almost always finds nothing.
func (s *Scrubber) suspectEvent(e *event.Event) bool {
	s.flat = s.flat[:0]
	for i := range e.Properties {
		p := &e.Properties[i]
		facts := s.name(p.Key)
		if facts.untouched {
			continue
		}
		if facts.clean != "" {
			return true
		}
		text := ""
		switch p.Value.Type() {
		case attribute.STRING:
			text = p.Value.AsString()
		case attribute.STRINGSLICE, attribute.SLICE, attribute.MAP:
			s.json = jsontree.AppendValue(s.json[:0], p.Value)
			text = asString(s.json)
		}
		if text == "" {
			continue
		}
		if facts.secret || s.namesSecret(text) {
			return true
		}
		if s.cfg.Set == nil {
			continue
		}
		s.flat = append(append(s.flat, p.Key...), ": "...)
		if p.JSON || p.Value.Type() != attribute.STRING {
			s.flat = appendUnescaped(s.flat, text)
		} else {
			s.flat = append(s.flat, text...)
		}
		s.flat = append(s.flat, '\n')
	}
	return s.cfg.Set.Finds(asString(s.flat))
}

// suspect is suspectEvent for one document.
func (s *Scrubber) suspect(json string) bool {
	s.flat = appendUnescaped(s.flat[:0], json)
	return s.namesSecret(json) || s.cfg.Set.Finds(asString(s.flat))
}

// asString looks at bytes as a text, which nobody may keep.
func asString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// namesSecret reports whether a member of a JSON text, or of a document in one of
// its strings, has the name of a secret.
func (s *Scrubber) namesSecret(json string) bool {
	if !s.cfg.Secrets {
		return false
	}
	for from := 0; ; {
		i := strings.IndexByte(json[from:], ':')
		if i < 0 {
			return false
		}
		i += from
		from = i + 1
		end := i
		for end > 0 && (json[end-1] == ' ' || json[end-1] == '\n') && i-end < maxSpace {
			end--
		}
		if end == 0 || json[end-1] != '"' {
			continue
		}
		end--
		for end > 0 && json[end-1] == '\\' {
			end--
		}
		start := strings.LastIndexByte(json[max(0, end-maxNameLen):end], '"') + 1
		switch name := json[max(0, end-maxNameLen)+start : end]; name {
		case "role", "content", "parts", "type", "text": // of every message
		default:
			if s.name(name).secret {
				return true
			}
		}
	}
}

// maxSpace is how much space is looked through between a name and its colon.
const maxSpace = 8

// appendUnescaped appends a JSON text in which every escape sequence has become
// what it stands for.
func appendUnescaped(dst []byte, json string) []byte {
	for {
		i := strings.IndexByte(json, '\\')
		if i < 0 || i+1 == len(json) {
			return append(dst, json...)
		}
		dst = append(dst, json[:i]...)
		c := json[i+1]
		json = json[i+2:]
		switch c {
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		case 'b', 'f':
			c = ' '
		case 'u':
			if len(json) >= 4 {
				if r, err := strconv.ParseUint(json[:4], 16, 16); err == nil {
					dst, json = utf8.AppendRune(dst, rune(r)), json[4:]
					continue
				}
			}
		}
		dst = append(dst, c)
	}
}
