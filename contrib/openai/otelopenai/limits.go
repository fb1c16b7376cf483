package otelopenai

import (
	"unicode/utf8"

	"github.com/otelposthog/otelposthog-go/contrib/openai/internal/stream"
)

// Limits of what is kept in memory for a span, in bytes.
const (
	maxContent = 4 << 20  // of the content of one stream
	maxError   = 64 << 10 // of the body of an error
)

// documentLimits are those of one response, or of one event of a stream.
func documentLimits() stream.Limits { return stream.Limits{String: 1 << 20, Document: 4 << 20} }

// budget limits the content that one stream adds up to.
type budget struct {
	left int
	off  bool // content is not recorded: nothing is kept, and nothing is missing
	cut  bool // something did not fit
}

// take reports whether n bytes fit, and takes them.
func (b *budget) take(n int) bool {
	if b.off {
		return false
	}
	if n > b.left {
		b.left, b.cut = 0, true
		return false
	}
	b.left -= n
	return true
}

// append adds as much of text as fits.
func (b *budget) append(to []byte, text string) []byte {
	if b.off || text == "" {
		return to
	}
	n := len(text)
	if n > b.left {
		for n = b.left; n > 0 && !utf8.RuneStart(text[n]); n-- { // no half characters
		}
		b.left, b.cut = 0, true
	} else {
		b.left -= n
	}
	return append(to, text[:n]...)
}
