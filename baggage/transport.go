package baggage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel"
	otelbaggage "go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/internal/nilcheck"
	"github.com/otelposthog/otelposthog-go/internal/session"
)

// NewTransport returns a transport that sends the session of a request's
// context to trusted hosts only. By default no host is trusted. A request to an
// untrusted host is sent
//
//   - without the baggage members of this package, under any accepted name, in
//     its context and in its headers;
//   - without the X-POSTHOG-* headers and the cookies of posthog-js that a
//     forwarded request brought along, in its headers and in its trailers;
//   - with everything else unchanged: other members, traceparent and
//     tracestate. WithoutBaggage and WithoutTraceContext strip those too.
//
// A request to a trusted host is marked, so that [Propagator] injects the
// session into it. NewTransport does not write the session itself: otelhttp
// writes the baggage header. So put NewTransport AROUND otelhttp's transport:
//
//	baggage.NewTransport(otelhttp.NewTransport(nil), baggage.WithTrustedHosts("*.example.com"))
//
// Directly below otelhttp's transport it still removes the session, and
// WithoutTraceContext works only there, but the mark comes too late: with
// Propagator, even a trusted host then gets no session. With a plain
// propagation.Baggage a trusted host gets it in either place.
//
// Trust is decided by the URL of each request, so a redirect is checked again.
// The Host field of a request is ignored: the connection goes to the host in
// the URL.
//
// A request to a trusted host is sent unchanged unless its baggage exceeds the
// limits of W3C baggage. The receiver would drop all of it or arbitrary
// members, so other members are removed and the session arrives. This is
// reported once per process.
//
// Neither requests nor globals are changed. If next is nil, http.DefaultTransport
// is used, read once in NewTransport.
func NewTransport(next http.RoundTripper, opts ...TransportOption) http.RoundTripper {
	if nilcheck.IsNil(next) {
		next = http.DefaultTransport
	}
	t := &transport{next: next}
	for _, opt := range opts {
		if opt != nil {
			opt.applyTransport(&t.transportConfig)
		}
	}
	t.notSent = newNotSentCounter(t.meterProvider)
	return t
}

type transport struct {
	next http.RoundTripper
	transportConfig
	notSent metric.Int64Counter
	leaked  sync.Once
}

var _ http.RoundTripper = (*transport)(nil)

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req == nil {
		return nil, errors.New("otelposthog: baggage.NewTransport: nil request")
	}
	if t.trusted.TrustURL(req.URL) {
		res, err := t.next.RoundTrip(guarded(fit(req)))
		t.checkArrived(req.Context(), res)
		return res, err
	}
	res, err := t.next.RoundTrip(t.strip.request(req))
	t.checkSent(res)
	return res, err
}

// CloseIdleConnections forwards http.Client.CloseIdleConnections.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// checkSent checks the request that was really sent, which the response names.
// An inner transport may have added back what was removed; that must be
// reported.
func (t *transport) checkSent(res *http.Response) {
	if res == nil || res.Request == nil {
		return
	}
	if _, changed := t.strip.header(res.Request.Header); !changed {
		return
	}
	t.leaked.Do(func() {
		host := ""
		if res.Request.URL != nil {
			host = res.Request.URL.Hostname()
		}
		otel.Handle(fmt.Errorf("otelposthog: baggage.NewTransport: a transport below it sent headers to %q that were to be withheld; "+
			"put baggage.NewTransport below that transport (reported once)", host))
	})
}

// checkArrived checks the request that was really sent to a trusted host. If no
// inner transport wrote the session, the next service does not get it, and that
// is counted.
func (t *transport) checkArrived(ctx context.Context, res *http.Response) {
	if res == nil || res.Request == nil {
		return
	}
	if s, _ := session.FromContext(ctx); carries(res.Request.Header[headerBaggage], s) {
		return
	}
	t.notSent.Add(ctx, 1)
	report("not sent", "baggage.NewTransport: a request to a trusted host went out without its session, because nothing below wrote it; "+
		"put NewTransport around otelhttp.NewTransport, and baggage.Propagator(nil) into otel.SetTextMapPropagator "+
		"or otelhttp.WithPropagators")
}

// carries reports whether baggage header lines have a session id, or, for a
// session without one, the opt-out. A session without both needs neither.
func carries(lines []string, s session.Session) bool {
	names := session.MemberIDs[:]
	if s.ID == "" {
		if s.Consent == ConsentUnknown {
			return true
		}
		names = []string{MemberOptOut}
	}
	for _, line := range lines {
		for text := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(text, "=")
			if name, ours := session.MemberName(strings.TrimSpace(name)); ours && slices.Contains(names, name) {
				return true
			}
		}
	}
	return false
}

// guarded returns req marked as a call to a trusted host. A request whose
// headers are already injected is not marked: the mark would then cover a call
// made further below, such as a name lookup.
func guarded(req *http.Request) *http.Request {
	ctx := req.Context()
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		for _, line := range req.Header[headerTraceparent] {
			if strings.Contains(line, sc.SpanID().String()) {
				return req
			}
		}
	}
	return req.WithContext(ContextWithGuardedCall(ctx))
}

// fit returns req with baggage within the limits; nearly always req itself.
func fit(req *http.Request) *http.Request {
	if b := otelbaggage.FromContext(req.Context()); b.Len() > 0 && overLimits(b) {
		s, _ := SessionFromBaggage(b)
		req = req.WithContext(otelbaggage.ContextWithBaggage(req.Context(), compose(s, b)))
	}
	if lines := req.Header[headerBaggage]; linesOverLimits(lines) {
		var refused refusals
		in := parseHeader(lines, true, &refused)
		header := req.Header.Clone()
		delete(header, headerBaggage)
		if text := formatHeader(in.session, in, &refused); text != "" {
			header[headerBaggage] = []string{text}
		}
		req = req.WithContext(req.Context())
		req.Header = header
		reportOverLimit()
	}
	return req
}
