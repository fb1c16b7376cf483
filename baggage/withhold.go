package baggage

import (
	"context"
	"maps"
	"net/http"
	"strings"

	otelbaggage "go.opentelemetry.io/otel/baggage"

	"github.com/otelposthog/otelposthog-go/internal/session"
)

// withhold says what a host that is not trusted does not get besides the
// members of ours.
type withhold struct {
	baggage bool // all of it
	trace   bool // traceparent and tracestate
}

// request returns req without what is withheld; req itself when it has none of
// that.
func (p withhold) request(req *http.Request) *http.Request {
	ctx, ctxChanged := p.context(req.Context())
	header, headerChanged := p.header(req.Header)
	if !ctxChanged && !headerChanged {
		return req
	}
	req = req.WithContext(ctx)
	req.Header = header
	return req
}

// context keeps every propagator below, whatever its format, from sending what
// is withheld.
func (p withhold) context(ctx context.Context) (_ context.Context, changed bool) {
	b := otelbaggage.FromContext(ctx)
	if b.Len() == 0 {
		return ctx, false
	}
	if p.baggage {
		return otelbaggage.ContextWithoutBaggage(ctx), true
	}
	for _, name := range session.Members {
		if b.Member(name).Key() != "" {
			b = b.DeleteMember(name)
			changed = true
		}
	}
	if !changed {
		return ctx, false
	}
	return otelbaggage.ContextWithBaggage(ctx, b), true
}

// header returns h without what is withheld. The result shares the lines of h
// that stay. Names are compared in any case, because a caller can write them
// into the map as it likes and they go out like that.
func (p withhold) header(h http.Header) (_ http.Header, changed bool) {
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
		case strings.EqualFold(name, headerBaggage):
			if rest, cut := withoutOurs(lines); cut {
				set(name, rest)
			}
		}
	}
	return out, changed
}

// memberHeaderPrefixes begin the headers in which propagators of other formats
// send one baggage member each: OpenTracing's and Jaeger's.
var memberHeaderPrefixes = [...]string{"Ot-Baggage-", "Uberctx-"}

// drops reports whether a header is withheld as a whole.
func (p withhold) drops(name string) bool {
	for _, ours := range [...]string{HeaderSessionID, HeaderWindowID, HeaderDistinctID} {
		if strings.EqualFold(name, ours) {
			return true
		}
	}
	if strings.EqualFold(name, headerTraceparent) || strings.EqualFold(name, headerTracestate) {
		return p.trace
	}
	if p.baggage && strings.EqualFold(name, headerBaggage) {
		return true
	}
	for _, prefix := range memberHeaderPrefixes {
		if len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return p.baggage || session.IsMember(strings.ToLower(name[len(prefix):]))
		}
	}
	return false
}

// withoutOurs takes our members out of baggage header lines and leaves the text
// of all others as it is, well formed or not. lines is not changed.
func withoutOurs(lines []string) (rest []string, cut bool) {
	for _, line := range lines {
		var kept []string
		n := 0
		for text := range strings.SplitSeq(line, ",") {
			n++
			name, _, _ := strings.Cut(text, ";")
			name, _, _ = strings.Cut(name, "=")
			if !session.IsMember(strings.TrimSpace(name)) {
				kept = append(kept, text)
			}
		}
		if len(kept) == n {
			rest = append(rest, line)
			continue
		}
		cut = true
		if line = strings.TrimSpace(strings.Join(kept, ",")); line != "" {
			rest = append(rest, line)
		}
	}
	return rest, cut
}
