package jsontree

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse returns the tree of a JSON text, and false when text is not JSON or
// nested deeper than [MaxDepth].
//
// Three kinds of damage in an object or array are repaired. Half a surrogate
// pair and invalid UTF-8 become U+FFFD. Of a document that is cut off at its
// end, for example by an attribute limit, the complete part is read and
// [Node.Cut] is set.
func Parse(text string) (Node, bool) {
	if !startsLikeJSON(text) {
		return Node{}, false
	}
	if n, ok := parse(text, false); ok {
		return n, true
	}
	if c := firstByte(text); c != '{' && c != '[' {
		return Node{}, false
	}
	return parse(text, true)
}

func parse(text string, mend bool) (Node, bool) {
	p := parser{
		Decoder: jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(mend)),
		mend:    mend,
	}
	n, ok := p.value()
	if p.cut {
		n.Cut = true
		return n, len(n.Items)+len(n.Members) > 0
	}
	if !ok {
		return Node{}, false
	}
	_, err := p.ReadToken() // io.EOF, unless something follows
	return n, err != nil && p.StackDepth() == 0 && strings.TrimLeft(string(p.UnreadBuffer()), " \t\r\n") == ""
}

// parser reads one document. With mend, the end of the text may come early.
type parser struct {
	*jsontext.Decoder
	mend bool
	cut  bool // it did
}

// ParseContainer is [Parse] for objects and arrays only, because a text such as
// "42" or "null" may not be meant as JSON.
func ParseContainer(text string) (Node, bool) {
	if c := firstByte(text); c != '{' && c != '[' {
		return Node{}, false
	}
	return Parse(text)
}

func (p *parser) value() (Node, bool) {
	if p.StackDepth() > MaxDepth {
		return Node{}, false
	}
	tok, err := p.ReadToken()
	if err != nil {
		return p.ended(err)
	}
	switch tok.Kind() {
	case 't', 'f':
		return Node{Kind: Bool, Text: tok.String()}, true
	case '0':
		text := tok.String()
		if p.mend && len(p.UnreadBuffer()) == 0 { // more digits may have followed
			return p.ended(io.ErrUnexpectedEOF)
		}
		_, err := strconv.ParseFloat(text, 64) // PostHog refuses what is out of range
		return Node{Kind: Number, Text: text}, err == nil
	case '"':
		return Str(tok.String()), true
	case '[':
		return p.array()
	case '{':
		return p.object()
	}
	return Node{}, true // null
}

// array reads an array after its opening bracket. An item that is cut off is
// left out, because half a message would look like a whole one.
func (p *parser) array() (Node, bool) {
	n := Node{Kind: Array}
	for p.PeekKind() != ']' {
		item, ok := p.value()
		if p.cut {
			return n, true
		}
		if !ok {
			return Node{}, false
		}
		n.Items = append(n.Items, item)
	}
	_, err := p.ReadToken()
	return n, err == nil
}

// object reads an object after its opening brace. The complete part of a member
// that is cut off is kept.
func (p *parser) object() (Node, bool) {
	n := Node{Kind: Object}
	for p.PeekKind() != '}' {
		name, err := p.ReadToken()
		if err != nil {
			_, ok := p.ended(err)
			return n, ok
		}
		key := name.String() // the token is gone after the next read
		value, ok := p.value()
		if p.cut {
			if len(value.Items)+len(value.Members) > 0 {
				n.Members = append(n.Members, Member{key, value})
			}
			return n, true
		}
		if !ok {
			return Node{}, false
		}
		n.Members = append(n.Members, Member{key, value})
	}
	_, err := p.ReadToken()
	return n, err == nil
}

// ended reports whether reading stopped at the end of a text that may be cut off.
func (p *parser) ended(err error) (Node, bool) {
	p.cut = p.mend && errors.Is(err, io.ErrUnexpectedEOF)
	return Node{}, p.cut
}

func firstByte(text string) byte {
	for i := range len(text) {
		if c := text[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// startsLikeJSON excludes ordinary prose without a decoder.
func startsLikeJSON(text string) bool {
	switch c := firstByte(text); c {
	case '{', '[', '"', '-', 't', 'f', 'n':
		return true
	default:
		return '0' <= c && c <= '9'
	}
}
