package shrink

import (
	"fmt"
	"math"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/prop"
)

// cutTexts shortens texts until everything fits. Each text may keep a common
// length times the weight of its class, and that length is the largest that
// fits. So the longest texts of a class lose most, and short ones nothing.
func (s *shrinker) cutTexts() {
	level := s.level()
	for i := range s.parts {
		s.parts[i].cut(level)
	}
}

// level finds that length by halving.
func (s *shrinker) level() float64 {
	fits := func(level float64) bool {
		n := 0
		for i := range s.parts {
			n += s.parts[i].fixed
			for j := range s.parts[i].texts {
				t := &s.parts[i].texts[j]
				n += min(t.size, t.room(level))
			}
		}
		return n <= s.limit
	}
	low, high := 0.0, float64(s.size())
	for high-low > 1.0/heaviest { // one byte
		if mid := (low + high) / 2; fits(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// room is the size that the text may have.
func (t *text) room(level float64) int {
	return max(t.least(), int(min(level*float64(rules[t.class].weight), math.MaxInt32)))
}

func (p *part) cut(level float64) {
	for i := range p.texts {
		t := &p.texts[i]
		room := t.room(level)
		if t.size <= room {
			continue
		}
		if t.node != nil {
			t.node.Text = shorten(t.node.Text, room)
			continue
		}
		p.prop = prop.String(p.key, shorten(p.text(), room))
	}
}

// text is the value of a part without a tree, as text.
func (p *part) text() string {
	if p.prop.Value.Type() == attribute.STRING {
		return p.prop.Value.AsString()
	}
	return string(p.prop.AppendValue(nil))
}

// shorten returns the beginning and the end of s with a note between them, in at
// most room bytes of JSON.
func shorten(s string, room int) string {
	mark := fmt.Sprintf("[... %d bytes cut ...]", len(s)) // a few digits too many, never too few
	room -= len(mark) + len(`""`)
	if room <= 0 {
		return mark
	}
	head := prefix(s, room*3/4)
	tail := suffix(s[len(head):], room/4)
	return fmt.Sprintf("%s[... %d bytes cut ...]%s", head, len(s)-len(head)-len(tail), tail)
}

// prefix is the longest beginning of s that takes at most room bytes of JSON,
// in whole characters.
func prefix(s string, room int) string {
	end := 0
	for end < len(s) {
		r, n := utf8.DecodeRuneInString(s[end:])
		if room -= escaped(r, n); room < 0 {
			break
		}
		end += n
	}
	return s[:end]
}

// suffix is the same from the end.
func suffix(s string, room int) string {
	start := len(s)
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:start])
		if room -= escaped(r, n); room < 0 {
			break
		}
		start -= n
	}
	return s[start:]
}

// quoted is the size of s as a JSON string.
func quoted(s string) int {
	n := len(`""`)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			n += escaped(rune(c), 1)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		n += escaped(r, size)
		i += size
	}
	return n
}

// escaped is the size of a character of n bytes inside a JSON string.
func escaped(r rune, n int) int {
	switch {
	case r == '"', r == '\\', r == '\b', r == '\f', r == '\n', r == '\r', r == '\t':
		return 2
	case r < ' ':
		return len(`\u0000`)
	case r == utf8.RuneError && n == 1:
		return len("\uFFFD")
	}
	return n
}
