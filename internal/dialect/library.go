package dialect

import (
	"cmp"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// library is what is special about the spans of one instrumentation library. All
// that is known of it stands in its file, most of it as data.
type library struct {
	// name is its part of $ai_lib: opentelemetry/<name>.
	name string
	// marks are the attributes that tell its spans: a key, a prefix that ends in
	// *, or a key and its value, key=value.
	marks []string
	// spans and scopes are the names of spans and of instrumentation scopes that
	// tell them, or prefixes that end in *.
	spans, scopes []string
	// ai are the keys, or prefixes that end in *, that make a span an AI span;
	// aiNames begin the names of such spans.
	ai, aiNames []string
	// kind says what a span stands for.
	kind kindRule
	// before and after are its rules, applied before or after the generic ones.
	// What must win over generic fallbacks goes before.
	before, after []rule
	// documents hold the whole input and output of a span.
	documents documents
	// drop lists what must not pass through: keys, or prefixes that end in *.
	// What a rule or documents names is dropped anyway.
	drop []string
	// parameters are model parameters under names of its own; zeroUnset says that
	// a parameter of zero was not given.
	parameters []parameter
	zeroUnset  bool
	// reasoningApart says that the output tokens do not include the reasoning.
	reasoningApart bool
	// finish does what no rule can say, after all rules.
	finish func(*Conversion)
	// rides says that the library adds its attributes to the spans of others.
	// Where another library rules, its rules and finish only fill gaps.
	rides bool

	place  int    // in the registry
	table  *table // its rules and the generic ones
	riding *table // its own rules, which only fill gaps
}

// Conventions is the rule of what no library in particular does.
const Conventions = "GenAI conventions"

// rules returns how the rules of the library are called where somebody asks for
// them.
func (l *library) rules() string { return cmp.Or(l.name, Conventions) }

// parameter is an attribute that holds a model parameter, and its usual name.
type parameter struct {
	key  attribute.Key
	name string
}

// registry lists the libraries in the order in which they are recognised; the
// first one that recognises a span rules it. The last one takes every span.
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
	marks, short [256][]mark
	// spans and scopes are marks, too; the key of each is a name.
	spans, scopes []mark
}

// eighth is the index of the eighth byte.
const eighth = len("gen_ai.")

type mark struct {
	matcher
	value string // "" is any
	lib   int
}

func (m *mark) is(kv *attribute.KeyValue) bool {
	return m.matcher.is(string(kv.Key)) && (m.value == "" || kv.Value.AsString() == m.value)
}

func newRegistry(list ...*library) *libraryIndex {
	x := &libraryIndex{list: list}
	for i, lib := range list {
		lib.place = i
		drop := slices.Concat(lib.drop, lib.documents.keys())
		lib.table = compile(slices.Concat(lib.before, genericRules, lib.after), slices.Concat(drop, genericDrops))
		lib.riding = compile(fallbacks(lib.before, lib.after), drop)
		for _, m := range lib.marks {
			pattern, value, _ := strings.Cut(m, "=")
			match := matcherOf(pattern)
			index := &x.short[match.key[0]]
			if len(match.key) > eighth {
				index = &x.marks[match.key[eighth]]
			}
			*index = append(*index, mark{match, value, i})
		}
		for _, name := range lib.spans {
			x.spans = append(x.spans, mark{matcher: matcherOf(name), lib: i})
		}
		for _, name := range lib.scopes {
			x.scopes = append(x.scopes, mark{matcher: matcherOf(name), lib: i})
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

// recognise returns the libraries that know the name of a span or its scope, or
// whose marks are among its attributes.
func recognise(name, scope string, attrs []attribute.KeyValue) libraries {
	set := named(registry.spans, name) | named(registry.scopes, scope)
	for i := range attrs {
		key := string(attrs[i].Key)
		if key == "" || attrs[i].Value.Type() == attribute.EMPTY {
			continue
		}
		set |= recognisedBy(registry.short[key[0]], &attrs[i])
		if len(key) > eighth {
			set |= recognisedBy(registry.marks[key[eighth]], &attrs[i])
		}
	}
	return set
}

func named(marks []mark, name string) libraries {
	var set libraries
	for i := range marks {
		if marks[i].matcher.is(name) {
			set |= 1 << marks[i].lib
		}
	}
	return set
}

func recognisedBy(marks []mark, kv *attribute.KeyValue) libraries {
	var set libraries
	for i := range marks {
		if m := &marks[i]; m.is(kv) {
			set |= 1 << m.lib
		}
	}
	return set
}

// first returns the library that rules the span.
func (l libraries) first() *library {
	return registry.list[min(bits.TrailingZeros64(uint64(l)), len(registry.list)-1)]
}

// all returns every library that recognises the span, the ruling one first.
func (l libraries) all() iter.Seq[*library] {
	return func(yield func(*library) bool) {
		for rest := l; rest != 0; rest &= rest - 1 {
			if !yield(registry.list[bits.TrailingZeros64(uint64(rest))]) {
				return
			}
		}
	}
}

// riders returns the others that ride on the spans of the first.
func (l libraries) riders() iter.Seq[*library] {
	return func(yield func(*library) bool) {
		for lib := range (l & (l - 1)).all() {
			if lib.rides && !yield(lib) {
				return
			}
		}
	}
}

// has reports whether the library recognises the span.
func (l libraries) has(lib *library) bool {
	return l&(1<<lib.place) != 0
}

// Drops reports whether an attribute never passes through, whatever library
// wrote it.
func Drops(key attribute.Key) bool { return generic.table.drops(key) }

// Keys returns every attribute key and prefix that some rule or mark
// names: what the packages know, for tests and documents.
func Keys() []attribute.Key {
	var list []attribute.Key
	for _, lib := range registry.list {
		for key := range lib.table.keys {
			list = append(list, key)
		}
		for _, m := range lib.marks {
			key, _, _ := strings.Cut(m, "=")
			list = append(list, attribute.Key(key))
		}
		for _, d := range lib.drop {
			list = append(list, attribute.Key(d))
		}
	}
	return list
}
