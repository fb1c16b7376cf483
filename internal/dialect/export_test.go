package dialect

import (
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Row is what a registered library is known by.
type Row struct {
	Name          string
	Place         int
	Marks, AI     []string
	Names, Scopes []string
}

// Rows returns the registry.
func Rows() []Row {
	var rows []Row
	for i, lib := range registry.list {
		rows = append(rows, Row{lib.name, i, lib.matchers, lib.ai, append(lib.spans[:len(lib.spans):len(lib.spans)], lib.aiNames...), lib.scopes})
	}
	return rows
}

// Recognised returns the places of the libraries that recognise a span, and of
// the one that rules it.
func Recognised(span sdktrace.ReadOnlySpan) (all []int, rules int) {
	set := recognise(span.Name(), span.InstrumentationScope().Name, span.Attributes())
	for lib := range set.all() {
		all = append(all, lib.place)
	}
	return all, set.first().place
}

// Overlap reports whether some key can match both patterns.
func Overlap(a, b string) bool {
	b, _, _ = strings.Cut(b, "=")
	x, y := matcherOf(a), matcherOf(b)
	return x.is(y.key) || y.is(x.key)
}
