package scrub

import (
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// suspect reports whether there may be something to redact in a JSON text. It
// looks at the whole text at once, with its escape sequences resolved, which is
// much faster than a look at each string.
func (s *Scrubber) suspect(json string) bool {
	flat := json
	if strings.IndexByte(json, '\\') >= 0 {
		s.flat = appendUnescaped(s.flat[:0], json)
		flat = unsafe.String(unsafe.SliceData(s.flat), len(s.flat)) // nobody keeps it
	}
	return s.cfg.Set.Finds(flat) || s.cfg.Secrets && s.namesSecret(json)
}

// namesSecret reports whether a member of a JSON text, or of a document in one of
// its strings, has the name of a secret.
func (s *Scrubber) namesSecret(json string) bool {
	for from := 0; ; {
		i := strings.IndexByte(json[from:], ':')
		if i < 0 {
			return false
		}
		i += from
		from = i + 1
		end := len(strings.TrimRight(json[max(0, i-8):i], " \t\r\n")) + max(0, i-8)
		if end == 0 || json[end-1] != '"' {
			continue
		}
		end = len(strings.TrimRight(json[:end-1], `\`))
		start := strings.LastIndexByte(json[max(0, end-maxNameLen):end], '"') + 1
		if name := json[max(0, end-maxNameLen)+start : end]; s.name(name).secret {
			return true
		}
	}
}

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
