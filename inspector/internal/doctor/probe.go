package doctor

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"

	"github.com/google/uuid"
)

// probe is one request of a made-up browser.
type probe struct {
	name    string
	about   string
	session string // what the events should have; "" when they must have none
	traceID string
	method  string // "" is that of the endpoint
	header  http.Header
	status  int
	answer  http.Header
	err     error
}

const person = "inspector-doctor"

// newProbes returns the probes, each with a session and a trace of its own, so
// that nothing of one is taken for another's.
func newProbes() []*probe {
	var probes []*probe
	add := func(name, about string, fill func(p *probe)) {
		p := &probe{name: name, about: about, session: uuid.Must(uuid.NewV7()).String(), traceID: randomHex(16), header: make(http.Header)}
		// As posthog-js with trace_propagation_targets sends it: a parent that nobody
		// records.
		p.header.Set("Traceparent", "00-"+p.traceID+"-"+randomHex(8)+"-01")
		fill(p)
		probes = append(probes, p)
	}
	posthog := func(p *probe, session string) {
		p.header.Set("X-Posthog-Session-Id", session)
		p.header.Set("X-Posthog-Window-Id", uuid.Must(uuid.NewV7()).String())
		p.header.Set("X-Posthog-Distinct-Id", person)
	}
	member := func(p *probe) { p.header.Set("Baggage", "session.id="+p.session) }

	add("headers", "the X-POSTHOG-* headers of posthog-js", func(p *probe) { posthog(p, p.session) })
	add("baggage", "a baggage header with session.id", member)
	add("both", "headers and baggage that agree", func(p *probe) { posthog(p, p.session); member(p) })
	add("joined", "a session header that was set twice and joined", func(p *probe) { posthog(p, p.session+", "+p.session) })
	add("undefined", "the text undefined in place of a session", func(p *probe) {
		posthog(p, "undefined")
		p.session = ""
	})
	add("no session", "a browser's traceparent without a session", func(p *probe) { p.session = "" })
	add("preflight", "the CORS preflight of a page on another origin", func(p *probe) {
		p.method, p.session = http.MethodOptions, ""
		p.header = http.Header{
			"Origin":                         {"https://app.example.com"},
			"Access-Control-Request-Method":  {http.MethodPost},
			"Access-Control-Request-Headers": {"content-type,x-posthog-distinct-id,x-posthog-session-id,x-posthog-window-id"},
		}
	})
	return probes
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
