package baggage

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// TrustedHosts decides by the patterns of [WithTrustedHosts] which hosts may
// get the session. [NewTransport] uses it; use it yourself to guard another
// protocol. The zero TrustedHosts, and nil, trust no host. It is safe for
// concurrent use.
type TrustedHosts struct{ patterns []hostPattern }

// TrustURL reports whether the host of u is trusted. Without a port in u, the
// default port of its scheme, http or https, counts.
func (h *TrustedHosts) TrustURL(u *url.URL) bool {
	if h == nil || len(h.patterns) == 0 || u == nil {
		return false
	}
	host, port := u.Hostname(), u.Port()
	rest, ok := strings.CutPrefix(u.Host, "["+host+"]")
	if !ok {
		rest, ok = strings.CutPrefix(u.Host, host)
	}
	if !ok || rest != "" && rest != ":"+port {
		return false // Made by hand; net/http would not read it as Hostname does.
	}
	if port == "" {
		switch strings.ToLower(u.Scheme) {
		case "http":
			port = "80"
		case "https":
			port = "443"
		}
	}
	return h.Trust(host, port)
}

// Trust reports whether a host is trusted at a port. The host is a name or an
// address without brackets.
func (h *TrustedHosts) Trust(host, port string) bool {
	if h == nil || len(h.patterns) == 0 {
		return false
	}
	t, ok := parseTarget(host, port)
	if !ok {
		return false
	}
	for i := range h.patterns {
		if h.patterns[i].match(&t) {
			return true
		}
	}
	return false
}

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

// parseTarget reads a host as net/http does when it connects. A host that is
// neither an address nor a plain ASCII name is not trusted: net/http maps
// Unicode to ASCII and resolvers read numbers as addresses, so the connection
// may go to a different host than the text suggests.
func parseTarget(host, port string) (target, bool) {
	t := target{port: port}
	if !isASCII(host) { // Asked first: strings.ToLower makes ASCII of a few letters that are not.
		return target{}, false
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if strings.ContainsAny(addr.Zone(), "[]:%@/?#\\ ") {
			return target{}, false // Not a zone: net/http dials something else.
		}
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
