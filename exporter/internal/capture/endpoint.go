package capture

import "strings"

// Mode selects the capture endpoint.
type Mode string

// The capture modes.
const (
	Auto  Mode = "auto"  // AI on PostHog Cloud until it proves to be missing, else Batch
	Batch Mode = "batch" // /batch/
	AI    Mode = "ai"    // /i/v0/ai/batch/
	V1    Mode = "v1"    // /i/v1/ai/events
)

// Limits of an event in bytes of JSON, somewhat below PostHog's.
const (
	maxBatchEvent = 900_000   // of 983,040
	maxAIEvent    = 7_500_000 // of 8 MiB
)

// endpoint is one capture endpoint.
type endpoint struct {
	path     string
	maxEvent int
	v1       bool // the v1 contract
}

var (
	batchEndpoint = endpoint{path: "/batch/", maxEvent: maxBatchEvent}
	aiEndpoint    = endpoint{path: "/i/v0/ai/batch/", maxEvent: maxAIEvent}
	v1Endpoint    = endpoint{path: "/i/v1/ai/events", maxEvent: maxAIEvent, v1: true}
	// v1Ordinary takes events that are no AI events.
	v1Ordinary = endpoint{path: "/i/v1/analytics/events", maxEvent: maxAIEvent, v1: true}
)

// endpoint returns where the events go. One event that is no AI event would cost
// all others of a request to an AI endpoint.
func (d *delivery) endpoint() *endpoint {
	switch {
	case !d.ordinary:
		return d.client.endpoint()
	case d.client.cfg.Mode == V1:
		return &v1Ordinary
	}
	return &batchEndpoint
}

func (c *Client) endpoint() *endpoint {
	switch c.cfg.Mode {
	case V1:
		return &v1Endpoint
	case AI:
		return &aiEndpoint
	case Auto:
		if isCloud(c.cfg.Host.Hostname()) && !c.fallenBack.Load() {
			return &aiEndpoint
		}
	}
	return &batchEndpoint
}

func (c *Client) maxEvent(ep *endpoint) int {
	if c.cfg.MaxEventBytes > 0 {
		return min(c.cfg.MaxEventBytes, ep.maxEvent)
	}
	return ep.maxEvent
}

// isCloud reports whether a host is an ingestion host of PostHog Cloud.
func isCloud(host string) bool {
	switch strings.ToLower(host) {
	case "us.i.posthog.com", "eu.i.posthog.com":
		return true
	}
	return false
}
