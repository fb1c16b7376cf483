package jsontree

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Parse returns the tree of a JSON text, and false when text is not JSON or
// nested deeper than [MaxDepth].
func Parse(text string) (Node, bool) {
	if !startsLikeJSON(text) {
		return Node{}, false
	}
	d := jsontext.NewDecoder(bytes.NewBufferString(text), jsontext.AllowDuplicateNames(true))
	n, ok := parseValue(d)
	if !ok {
		return Node{}, false
	}
	_, err := d.ReadToken() // io.EOF, unless something follows
	return n, err != nil && d.StackDepth() == 0 && strings.TrimLeft(string(d.UnreadBuffer()), " \t\r\n") == ""
}

// ParseContainer is [Parse] for objects and arrays only: of a text such as
// "42" or "null", nobody knows whether it was meant as JSON.
func ParseContainer(text string) (Node, bool) {
	if c := firstByte(text); c != '{' && c != '[' {
		return Node{}, false
	}
	return Parse(text)
}

func parseValue(d *jsontext.Decoder) (Node, bool) {
	if d.StackDepth() > MaxDepth {
		return Node{}, false
	}
	tok, err := d.ReadToken()
	if err != nil {
		return Node{}, false
	}
	switch tok.Kind() {
	case 't', 'f':
		return Node{Kind: Bool, Text: tok.String()}, true
	case '0':
		text := tok.String()
		_, err := strconv.ParseFloat(text, 64) // PostHog refuses what is out of range
		return Node{Kind: Number, Text: text}, err == nil
	case '"':
		return Str(tok.String()), true
	case '[':
		n := Node{Kind: Array}
		for d.PeekKind() != ']' {
			item, ok := parseValue(d)
			if !ok {
				return Node{}, false
			}
			n.Items = append(n.Items, item)
		}
		_, err = d.ReadToken()
		return n, err == nil
	case '{':
		n := Node{Kind: Object}
		for d.PeekKind() != '}' {
			name, err := d.ReadToken()
			if err != nil {
				return Node{}, false
			}
			key := name.String() // the token is gone after the next read
			value, ok := parseValue(d)
			if !ok {
				return Node{}, false
			}
			n.Members = append(n.Members, Member{key, value})
		}
		_, err = d.ReadToken()
		return n, err == nil
	}
	return Node{}, true // null
}

func firstByte(text string) byte {
	for i := range len(text) {
		if c := text[i]; c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return c
		}
	}
	return 0
}

// startsLikeJSON rules out ordinary prose without a decoder.
func startsLikeJSON(text string) bool {
	switch c := firstByte(text); c {
	case '{', '[', '"', '-', 't', 'f', 'n':
		return true
	default:
		return '0' <= c && c <= '9'
	}
}
