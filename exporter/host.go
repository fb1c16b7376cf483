package exporter

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// host is the address of PostHog. Its credentials are separate, so that the URL
// can be printed.
type host struct {
	url  *url.URL
	user *url.Userinfo
}

// webHosts maps the addresses of the web app to their ingestion hosts.
var webHosts = map[string]string{
	"app.posthog.com": "us.i.posthog.com",
	"us.posthog.com":  "us.i.posthog.com",
	"eu.posthog.com":  "eu.i.posthog.com",
}

// endpoints are paths that users paste together with the host.
var endpoints = []string{"/i/v0/ai/batch", "/i/v0/ai/otel", "/i/v0/e", "/i/v1/ai/events", "/i/v1/analytics/events", "/batch", "/capture", "/e"}

// parseHost never repeats the address in an error: it can hold a password.
func parseHost(text string, insecure bool) (host, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return host{}, errors.New("not a URL: write it like " + defaultHost)
	}
	fail := func(text string) (host, error) { return host{}, errors.New(text) }
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return fail("the address must begin with https://, like " + defaultHost)
	case u.Hostname() == "":
		return fail("the address has no host: write it like " + defaultHost)
	case !isPort(u.Port()):
		return fail("the port must be a number from 1 to 65535")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return fail("the address must not have a query or a fragment")
	case u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()):
		return fail("plain http would show the API key and all content on the way: use https, or ask for it by WithInsecureHost (POSTHOG_INSECURE_HOST=true)")
	}
	path := strings.TrimRight(u.Path, "/")
	for _, endpoint := range endpoints {
		if strings.HasSuffix(path, endpoint) {
			return fail("leave the endpoint " + endpoint + " out, see WithCaptureMode")
		}
	}
	h := host{url: &url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}, user: u.User}
	if ingestion, ok := webHosts[strings.ToLower(u.Hostname())]; ok {
		h.url = &url.URL{Scheme: "https", Host: ingestion} // a path belongs to a page
	}
	return h, nil
}

// isPort is also true for an empty port, which means the default of the scheme.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") || strings.HasSuffix(strings.ToLower(name), ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}
