package baggage

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// strip says what is removed, in addition to our members, from a request to an
// untrusted host.
type strip struct {
	baggage bool // all of it
	trace   bool // traceparent and tracestate
}

// request returns req without everything that p removes, or req itself if there
// is nothing to remove.
func (p strip) request(req *http.Request) *http.Request {
	ctx, ctxChanged := p.context(req.Context())
	if marked(ctx) != nil {
		ctx, ctxChanged = withMark(ctx, nil), true
	}
	header, headerChanged := p.header(req.Header)
	trailer, trailerChanged := p.trailer(req.Trailer)
	if !ctxChanged && !headerChanged && !trailerChanged {
		return req
	}
	all := req.Trailer
	req = req.WithContext(ctx)
	req.Header = header
	if trailerChanged {
		req.Trailer = trailer
		if req.Body != nil {
			req.Body = &trailerBody{req.Body, all, trailer}
		}
	}
	return req
}

// trailer returns trailers without those that could hold a session. Their
// values are unknown until the body has been sent.
func (p strip) trailer(h http.Header) (_ http.Header, changed bool) {
	out := maps.Clone(h)
	maps.DeleteFunc(out, func(name string, _ []string) bool { return p.drops(name) || isBaggage(name) })
	return out, len(out) != len(h)
}

// trailerBody copies the values of trailers, which the caller sets in its own
// map while the body is read.
type trailerBody struct {
	io.ReadCloser
	from, to http.Header
}

func (b *trailerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		for name := range b.to {
			b.to[name] = b.from[name]
		}
	}
	return n, err
}

// context removes the session from the baggage of ctx, so that no propagator of
// any format can send it. Spans are still stamped with the session.
func (p strip) context(ctx context.Context) (_ context.Context, changed bool) {
	if !p.baggage {
		return session.ContextWithoutMembers(ctx)
	}
	if otelbaggage.FromContext(ctx).Len() == 0 {
		return ctx, false
	}
	s, _ := session.FromContext(ctx)
	return session.ContextWithBaggage(ctx, otelbaggage.Baggage{}, s), true
}

// header returns h without everything that p removes. The result shares the
// remaining lines with h. Names are compared without regard to case: a caller
// can write any spelling into the map, and net/http sends it like that.
func (p strip) header(h http.Header) (_ http.Header, changed bool) {
	out := h
	set := func(name string, lines []string) {
		if !changed {
			out, changed = maps.Clone(h), true
		}
		if len(lines) == 0 {
			delete(out, name)
			return
		}
		out[name] = lines
	}
	for name, lines := range h {
		switch {
		case p.drops(name):
			set(name, nil)
		case isBaggage(name):
			if rest, cut := withoutOurs(lines); cut {
				set(name, rest)
			}
		case strings.EqualFold(name, "Cookie"):
			if rest, cut := withoutOurCookies(lines); cut {
				set(name, rest)
			}
		}
	}
	return out, changed
}

// isBaggage reports whether a header holds baggage members, under the current
// name, that of older drafts, or that of Jaeger for requests made by hand.
func isBaggage(name string) bool {
	return strings.EqualFold(name, headerBaggage) || strings.EqualFold(name, "Correlation-Context") ||
		strings.EqualFold(name, "Jaeger-Baggage")
}

// memberHeaderPrefixes are the header prefixes with which the propagators of
// OpenTracing and Jaeger send one baggage member per header.
var memberHeaderPrefixes = [...]string{"Ot-Baggage-", "Uberctx-"}

// drops reports whether a header is removed as a whole.
func (p strip) drops(name string) bool {
	for _, ours := range [...]string{HeaderSessionID, HeaderWindowID, HeaderDistinctID} {
		if strings.EqualFold(name, ours) {
			return true
		}
	}
	if strings.EqualFold(name, headerTraceparent) || strings.EqualFold(name, headerTracestate) {
		return p.trace
	}
	if p.baggage && isBaggage(name) {
		return true
	}
	for _, prefix := range memberHeaderPrefixes {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return p.baggage || session.IsMember(strings.ToLower(name[len(prefix):]))
		}
	}
	return false
}

// withoutOurs removes our members from baggage header lines and leaves all
// other text unchanged, well formed or not. It does not modify lines.
func withoutOurs(lines []string) (rest []string, cut bool) {
	for i, line := range lines {
		kept, changed := lineWithoutOurs(line)
		if changed && !cut {
			cut = true
			rest = append(rest, lines[:i]...)
		}
		if cut && kept != "" {
			rest = append(rest, kept)
		}
	}
	if !cut {
		return lines, false
	}
	return rest, true
}

// mayHoldOurs excludes most lines quickly: each of our names contains one of
// these words or is percent-encoded.
func mayHoldOurs(line string) bool {
	return strings.Contains(line, "session") || strings.Contains(line, "posthog") || strings.IndexByte(line, '%') >= 0
}

// lineWithoutOurs is withoutOurs for one line.
func lineWithoutOurs(line string) (rest string, cut bool) {
	if !mayHoldOurs(line) {
		return line, false
	}
	var b strings.Builder
	start := 0 // of the members that are not in b yet
	keep := func(end int) {
		if start >= end {
			return
		}
		if b.Len() == 0 {
			b.Grow(len(line))
		} else {
			b.WriteByte(',')
		}
		b.WriteString(line[start:end])
	}
	for at := 0; at < len(line); {
		end := len(line)
		if i := strings.IndexByte(line[at:], ','); i >= 0 {
			end = at + i
		}
		name, _, _ := strings.Cut(line[at:end], ";")
		name, _, _ = strings.Cut(name, "=")
		if session.IsMember(strings.TrimSpace(name)) {
			cut = true
			keep(at - 1) // without the comma
			start = end + 1
		}
		at = end + 1
	}
	if !cut {
		return line, false
	}
	keep(len(line))
	return strings.TrimSpace(b.String()), true
}

// withoutOurCookies removes the posthog-js cookies from Cookie header lines.
func withoutOurCookies(lines []string) (rest []string, cut bool) {
	for _, line := range lines {
		var kept []string
		for pair := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(pair, "=")
			if name = strings.TrimSpace(name); strings.HasPrefix(name, "ph_") && strings.HasSuffix(name, "_posthog") {
				cut = true
				continue
			}
			kept = append(kept, pair)
		}
		if line = strings.TrimSpace(strings.Join(kept, ";")); line != "" {
			rest = append(rest, line)
		}
	}
	return rest, cut
}
