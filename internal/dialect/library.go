package dialect

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// library describes the spans of one instrumentation library. All rules for it
// are in its file, most of them as data.
type library struct {
	// name is the last part of $ai_lib: opentelemetry/<name>.
	name string
	// matchers are the attributes by which its spans are recognised: a key, a
	// prefix that ends in *, or a key and its value, key=value.
	matchers []string
	// spans and scopes are the names of spans and of instrumentation scopes by
	// which they are recognised, or prefixes that end in *.
	spans, scopes []string
	// ai are the keys, or prefixes that end in *, that make a span an AI span;
	// aiNames are the prefixes of the names of such spans.
	ai, aiNames []string
	// kind says which event a span becomes.
	kind kindRule
	// before and after are its rules, applied before or after the generic ones.
	// A rule that must win over generic fallbacks belongs in before.
	before, after []rule
	// documents hold the whole input and output of a span.
	documents documents
	// drop lists attributes that must not pass through: keys, or prefixes that
	// end in *. Attributes named by a rule or by documents are dropped anyway.
	drop []string
	// parameters are model parameters under names of its own; zeroUnset says that
	// a parameter of zero was not given.
	parameters []parameter
	zeroUnset  bool
	// reasoningApart says that the output tokens do not include the reasoning.
	reasoningApart bool
	// postprocess runs after all rules, for what rules cannot express.
	postprocess func(*Conversion)
	// overlay says that the library adds its attributes to the spans of others.
	// If another library determines the rules, its rules and postprocess only
	// fill gaps.
	overlay bool

	place        int    // in the registry
	table        *table // its rules and the generic ones
	overlayTable *table // its own rules, which only fill gaps
}

// Conventions names the rules that belong to no particular library.
const Conventions = "GenAI conventions"

// rules returns the name of the library's rules in explanations.
func (l *library) rules() string { return cmp.Or(l.name, Conventions) }

// parameter is an attribute that holds a model parameter, and its usual name.
type parameter struct {
	key  attribute.Key
	name string
}

// registry lists the libraries. The first one that recognises a span determines
// its rules. The last one recognises every span.
var registry = newRegistry(
	&pydanticAI,
	&traceloop,
	&vercelAI,
	&langwatch,
	&openInference,
	&anthropic,
	&claudeCode,
	&geminiCLI,
	&openlit,
	&sentry,
	&strands,
	&tanstack,
	&mastra,
	&adk,
	&genkit,
	&langfuse,
	&langsmith,
	&braintrust,
	&springAI,
	&pipecat,
	&liveKit,
	&vllm,
	&cloudflare,
	&litellmRaw,
	&litellm,
	&eve,
	&logfire,
	&langfuseTrace,
	&wholeDocuments,
	&bedrockRuntime,
	&laminar,
	&eino,
	&components,
	&traceloopContext,
	&mcp,
	&llm,
	&indexed,
	&payloads,
	&generic,
)

type libraryIndex struct {
	list []*library
	// Marks by the eighth byte of the key, which in most is the first one behind
	// "gen_ai."; those that are shorter by the first.
	matchers, short [256][]libraryMatcher
	// spans and scopes match names instead of keys.
	spans, scopes []libraryMatcher
}

// eighth is the index of the eighth byte.
const eighth = len("gen_ai.")

type libraryMatcher struct {
	matcher
	value string // "" is any
	lib   int
}

func (m *libraryMatcher) is(kv *attribute.KeyValue) bool {
	return m.matcher.is(string(kv.Key)) && (m.value == "" || kv.Value.AsString() == m.value)
}

func newRegistry(list ...*library) *libraryIndex {
	x := &libraryIndex{list: list}
	for i, lib := range list {
		lib.place = i
		drop := slices.Concat(lib.drop, lib.documents.keys())
		lib.table = compile(slices.Concat(lib.before, genericRules, lib.after), slices.Concat(drop, genericDrops))
		lib.overlayTable = compile(fallbacks(lib.before, lib.after), drop)
		for _, m := range lib.matchers {
			pattern, value, _ := strings.Cut(m, "=")
			match := matcherOf(pattern)
			index := &x.short[match.key[0]]
			if len(match.key) > eighth {
				index = &x.matchers[match.key[eighth]]
			}
			*index = append(*index, libraryMatcher{match, value, i})
		}
		for _, name := range lib.spans {
			x.spans = append(x.spans, libraryMatcher{matcher: matcherOf(name), lib: i})
		}
		for _, name := range lib.scopes {
			x.scopes = append(x.scopes, libraryMatcher{matcher: matcherOf(name), lib: i})
		}
	}
	return x
}

// fallbacks returns rules that fill gaps only.
func fallbacks(lists ...[]rule) []rule {
	var rules []rule
	for _, r := range slices.Concat(lists...) {
		r.fallback = slices.Concat(r.primary, r.fallback)
		r.primary = nil
		rules = append(rules, r)
	}
	return rules
}

// libraries is the set of libraries that recognise a span, as bits.
type libraries uint64

// recognise returns the libraries that match the name of a span, its scope or
// one of its attributes.
func recognise(name, scope string, attrs []attribute.KeyValue) libraries {
	set := named(registry.spans, name) | named(registry.scopes, scope)
	for i := range attrs {
		key := string(attrs[i].Key)
		if key == "" || attrs[i].Value.Type() == attribute.EMPTY {
			continue
		}
		set |= recognisedBy(registry.short[key[0]], &attrs[i])
		if len(key) > eighth {
			set |= recognisedBy(registry.matchers[key[eighth]], &attrs[i])
		}
	}
	return set
}

func named(matchers []libraryMatcher, name string) libraries {
	var set libraries
	for i := range matchers {
		if matchers[i].matcher.is(name) {
			set |= 1 << matchers[i].lib
		}
	}
	return set
}

func recognisedBy(matchers []libraryMatcher, kv *attribute.KeyValue) libraries {
	var set libraries
	for i := range matchers {
		if m := &matchers[i]; m.is(kv) {
			set |= 1 << m.lib
		}
	}
	return set
}

// first returns the library that determines the span's rules.
func (l libraries) first() *library {
	return registry.list[min(bits.TrailingZeros64(uint64(l)), len(registry.list)-1)]
}

// all returns every library that recognises the span, the one that determines
// its rules first.
func (l libraries) all() iter.Seq[*library] {
	return func(yield func(*library) bool) {
		for rest := l; rest != 0; rest &= rest - 1 {
			if !yield(registry.list[bits.TrailingZeros64(uint64(rest))]) {
				return
			}
		}
	}
}

// overlays returns the overlay libraries among the others.
func (l libraries) overlays() iter.Seq[*library] {
	return func(yield func(*library) bool) {
		for lib := range (l & (l - 1)).all() {
			if lib.overlay && !yield(lib) {
				return
			}
		}
	}
}

// has reports whether the library recognises the span.
func (l libraries) has(lib *library) bool {
	return l&(1<<lib.place) != 0
}

// Drops reports whether an attribute never passes through, for any library.
func Drops(key attribute.Key) bool { return generic.table.drops(key) }

// Keys returns every attribute key and prefix that some rule or mark
// names, for tests and documents.
func Keys() []attribute.Key {
	var list []attribute.Key
	for _, lib := range registry.list {
		for key := range lib.table.keys {
			list = append(list, key)
		}
		for _, m := range lib.matchers {
			key, _, _ := strings.Cut(m, "=")
			list = append(list, attribute.Key(key))
		}
		for _, d := range lib.drop {
			list = append(list, attribute.Key(d))
		}
	}
	return list
}
