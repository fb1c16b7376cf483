package dialect

import (
	"net"
	"net/url"
	"strings"
)

// originOf returns the scheme and the host of an address.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// joinBaseURL adds the scheme and port from the full URL or the port attribute
// to a server's address. An address that already has a scheme or a port stays
// unchanged.
func joinBaseURL(address, full, port string) string {
	host := strings.Trim(address, "[]") // of IPv6
	if full != "" {
		u, err := url.Parse(full)
		if err == nil && u.Scheme != "" && (strings.EqualFold(u.Hostname(), host) || strings.EqualFold(u.Host, address)) {
			return u.Scheme + "://" + u.Host
		}
	}
	if port == "" {
		return address
	}
	if strings.Contains(host, ":") {
		if _, _, err := net.SplitHostPort(address); err == nil || strings.Contains(address, "://") {
			return address
		}
		host = "[" + host + "]"
	}
	switch port {
	case "443":
		return "https://" + host
	case "80":
		return "http://" + host
	}
	return host + ":" + port
}
