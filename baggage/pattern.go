package baggage

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Patterns of WithTrustedHosts that stand for a kind of host.
const (
	// Loopback is this machine: localhost, names below .localhost, 127.0.0.0/8
	// and ::1.
	Loopback = "loopback"
	// SingleLabel is every name without a dot, such as assistant: the services
	// of a Compose network or of one Kubernetes namespace. The resolver's
	// search list completes such a name; without a search list, it would mean a
	// top-level domain.
	SingleLabel = "single-label"
)

// ValidateTrustedHosts returns an error that names each pattern that
// WithTrustedHosts does not understand, or nil. Call it at start-up to reject a
// wrong configuration.
func ValidateTrustedHosts(patterns ...string) error {
	_, err := ParseTrustedHosts(patterns...)
	return err
}

// ParseTrustedHosts parses the patterns of [WithTrustedHosts]. The error names
// each pattern that it does not understand. The result is usable even then and
// holds the other patterns.
func ParseTrustedHosts(patterns ...string) (*TrustedHosts, error) {
	h := &TrustedHosts{}
	var errs []error
	for _, text := range patterns {
		p, err := parsePattern(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("otelposthog: baggage.WithTrustedHosts: pattern %s trusts nothing: %w", quote(text), err))
			continue
		}
		h.patterns = append(h.patterns, p)
	}
	return h, errors.Join(errs...)
}

// quote prints a pattern for an error without the parts of a URL that can be
// secret: the text before an @ and after a question mark.
func quote(pattern string) string {
	pattern, _, _ = strings.Cut(pattern, "?")
	if i := strings.LastIndexByte(pattern, '@'); i >= 0 {
		pattern = "..." + pattern[i:]
	}
	const most = 100
	if len(pattern) > most {
		pattern = pattern[:most] + "..."
	}
	return strconv.QuoteToASCII(pattern)
}

func parsePattern(text string) (hostPattern, error) {
	text = strings.TrimSpace(text)
	s := strings.ToLower(text)
	switch {
	case !isASCII(text):
		return hostPattern{}, errors.New("it is not ASCII: write its labels in their xn-- form")
	case s == "":
		return hostPattern{}, errors.New("it is blank")
	case s == "*":
		return hostPattern{}, errors.New("it would trust every host: name yours, such as *.example.com")
	case strings.Contains(s, "://") || strings.Contains(s, "@"):
		return hostPattern{}, errors.New("it is a URL: give the host alone")
	case strings.ContainsAny(s, ", \t"):
		return hostPattern{}, errors.New("it is a list: give each host as a pattern of its own")
	case strings.Contains(s, "%"):
		return hostPattern{}, errors.New("it has a zone or an escape: leave a zone out, zones are not compared")
	}
	if strings.Contains(s, "/") {
		return parseRange(s)
	}
	return parseHost(s)
}

// parseRange reads a range of addresses, 10.0.0.0/8.
func parseRange(s string) (hostPattern, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return hostPattern{}, errors.New("it is neither a host nor a range of addresses such as 10.0.0.0/8")
	}
	if prefix.Addr().Is4In6() {
		return hostPattern{}, errors.New("it maps IPv4 into IPv6: write the IPv4 range")
	}
	if masked := prefix.Masked(); masked != prefix {
		return hostPattern{}, fmt.Errorf("its address has bits outside the range: write %s for the range", masked)
	}
	return hostPattern{kind: addresses, prefix: prefix}, nil
}

// parseHost reads an address or a name, with or without a port.
func parseHost(s string) (hostPattern, error) {
	host, port, err := splitPort(s)
	if err != nil {
		return hostPattern{}, err
	}
	switch host {
	case Loopback:
		return hostPattern{kind: loopbackHosts, port: port}, nil
	case SingleLabel:
		return hostPattern{kind: singleLabelNames, port: port}, nil
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		addr = addr.Unmap()
		return hostPattern{kind: addresses, prefix: netip.PrefixFrom(addr, addr.BitLen()), port: port}, nil
	}
	name := strings.TrimSuffix(host, ".")
	p := hostPattern{kind: exactName, name: name, port: port}
	if below, ok := strings.CutPrefix(name, "*."); ok {
		p.kind, p.name, name = anyBelow, "."+below, below
	}
	if !isHostName(name) {
		return hostPattern{}, errors.New("it is not a host name, an address, a range such as 10.0.0.0/8, " +
			"*. and a domain, " + Loopback + " or " + SingleLabel)
	}
	return p, nil
}

// splitPort takes the port off host:port, [v6]:port or a host alone, and the
// brackets off an IPv6 address.
func splitPort(s string) (host, port string, err error) {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		host, rest, ok = strings.Cut(rest, "]")
		if addr, err := netip.ParseAddr(host); !ok || err != nil || !addr.Is6() {
			return "", "", errors.New("brackets are for an IPv6 address: write [::1] or [::1]:8080")
		}
		if rest == "" {
			return host, "", nil
		}
		if port, ok = strings.CutPrefix(rest, ":"); !ok {
			return "", "", errors.New("only a port may follow the brackets: write [::1]:8080")
		}
	} else {
		if strings.Count(s, ":") != 1 {
			return s, "", nil // no port, or a bare IPv6 address
		}
		host, port, _ = strings.Cut(s, ":")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
		return "", "", errors.New("its port is not a number from 1 to 65535")
	}
	return host, port, nil
}
