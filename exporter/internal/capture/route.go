package capture

import "strings"

// Mode selects the capture endpoint.
type Mode uint8

// The capture modes.
const (
	Auto  Mode = iota // AI on PostHog Cloud until it proves to be missing, else Batch
	Batch             // /batch/
	AI                // /i/v0/ai/batch/
	V1                // /i/v1/ai/events
)

// Limits of an event in bytes of JSON, with room below those of PostHog.
const (
	maxBatchEvent = 900_000   // of 983,040
	maxAIEvent    = 7_500_000 // of 8 MiB
)

// route is one capture endpoint.
type route struct {
	path     string
	maxEvent int
	v1       bool // the v1 contract
}

var (
	batchRoute = route{path: "/batch/", maxEvent: maxBatchEvent}
	aiRoute    = route{path: "/i/v0/ai/batch/", maxEvent: maxAIEvent}
	v1Route    = route{path: "/i/v1/ai/events", maxEvent: maxAIEvent, v1: true}
)

func (c *Client) route() *route {
	switch c.cfg.Mode {
	case V1:
		return &v1Route
	case AI:
		return &aiRoute
	case Auto:
		if isCloud(c.cfg.Host.Hostname()) && !c.fallenBack.Load() {
			return &aiRoute
		}
	}
	return &batchRoute
}

func (c *Client) maxEvent(rt *route) int {
	if c.cfg.MaxEventBytes > 0 {
		return min(c.cfg.MaxEventBytes, rt.maxEvent)
	}
	return rt.maxEvent
}

// isCloud reports whether a host is an ingestion host of PostHog Cloud.
func isCloud(host string) bool {
	switch strings.ToLower(host) {
	case "us.i.posthog.com", "eu.i.posthog.com":
		return true
	}
	return false
}
