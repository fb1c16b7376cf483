package baggage

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// trustedHosts decides by the host of a URL. The zero value trusts nobody.
type trustedHosts []hostPattern

// hostPattern is one pattern, parsed. All parts that are set must match.
type hostPattern struct {
	kind   patternKind
	name   string       // exactName: the name; anyBelow: the suffix with its leading dot
	prefix netip.Prefix // addresses
	port   string       // empty: any
}

type patternKind uint8

const (
	exactName patternKind = iota
	anyBelow
	addresses
	loopbackHosts
	singleLabelNames
)

// target is what a URL connects to, in the form that patterns have.
type target struct {
	name   string     // lower case without trailing dot; empty for an address
	rooted bool       // the name had a trailing dot
	addr   netip.Addr // without zone, IPv4 unmapped
	port   string
}

func (ps trustedHosts) trust(u *url.URL) bool {
	if len(ps) == 0 || u == nil {
		return false
	}
	t, ok := parseTarget(u)
	if !ok {
		return false
	}
	for i := range ps {
		if ps[i].match(&t) {
			return true
		}
	}
	return false
}

// parseTarget takes a URL apart as net/http does when it connects. A host that
// is neither an address nor a plain ASCII name is nobody's: net/http maps
// Unicode to ASCII and resolvers read numbers as addresses, so what looks like
// one host connects to another.
func parseTarget(u *url.URL) (target, bool) {
	t := target{port: u.Port()}
	if t.port == "" {
		switch strings.ToLower(u.Scheme) {
		case "http":
			t.port = "80"
		case "https":
			t.port = "443"
		}
	}
	host := u.Hostname()
	if !isASCII(host) { // Asked first: strings.ToLower makes ASCII of a few letters that are not.
		return target{}, false
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		t.addr = addr.WithZone("").Unmap()
		return t, true
	}
	t.name, t.rooted = strings.CutSuffix(strings.ToLower(host), ".")
	return t, isHostName(t.name)
}

func (p *hostPattern) match(t *target) bool {
	if p.port != "" && p.port != t.port {
		return false
	}
	switch p.kind {
	case exactName:
		return t.name == p.name
	case anyBelow:
		return strings.HasSuffix(t.name, p.name)
	case addresses:
		return t.addr.IsValid() && p.prefix.Contains(t.addr)
	case loopbackHosts:
		return t.addr.IsLoopback() || t.name == "localhost" || strings.HasSuffix(t.name, ".localhost")
	default: // singleLabelNames
		// With the dot, a name is a top-level domain of the Internet.
		return t.name != "" && !t.rooted && !strings.Contains(t.name, ".")
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isHostName reports whether s, in lower case and without trailing dot, is an
// ASCII host name that no resolver takes for a number.
func isHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	last := s
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 {
			return false
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
		last = label
	}
	return !isNumber(last)
}

// isNumber reports whether a label is decimal, octal or hexadecimal. A name
// that ends in one is an IPv4 address to many resolvers: 127.1, 0x7f000001.
func isNumber(label string) bool {
	digits := label
	hex := false
	if h, ok := strings.CutPrefix(label, "0x"); ok {
		digits, hex = h, true
	}
	for i := range len(digits) {
		if c := digits[i]; (c < '0' || c > '9') && (!hex || !isHex(c)) {
			return false
		}
	}
	return true
}
