package tracetree_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/internal/tracetree"
)

// calling returns the indices of the calls that are left.
func calling(results []tracetree.Result) []int {
	var left []int
	for i, r := range results {
		if r.Kind.IsCall() {
			left = append(left, i)
		}
	}
	return left
}

func TestOneCall(t *testing.T) {
	t.Parallel()
	type spans = []tracetree.Span
	reasoning := func(s *tracetree.Span) { s.Facts.Usage.Reasoning = 4 }
	for _, tt := range []struct {
		name   string
		spans  spans
		want   []int
		merged []int // of the first that is left
	}{
		{"one is alone", spans{span(1, 0, call)}, []int{0}, nil},
		{"the inner one stays", spans{span(1, 0, call), span(2, 1, call)}, []int{1}, []int{0}},
		{"the one with the output stays", spans{span(1, 0, call, output), span(2, 1, call)}, []int{0}, []int{1}},
		{"the one that knows more stays", spans{span(1, 0, call, output), span(2, 1, call, tokens(5, 1), input(1))}, []int{1}, []int{0}},
		{"over spans of other kinds", spans{span(1, 0, call), span(2, 1), span(3, 2, call)}, []int{2}, []int{0}},
		{"an agent between: two calls", spans{span(1, 0, call), span(2, 1, step), span(3, 2, call)}, []int{0, 2}, nil},
		{"an agent between, but one id", spans{span(1, 0, call, answer("r")), span(2, 1, step), span(3, 2, call, answer("r"))}, []int{2}, []int{0}},
		{"three levels", spans{span(1, 0, call), span(2, 1, call), span(3, 2, call)}, []int{2}, []int{1, 0}},
		{"three levels, the outermost has most", spans{span(1, 0, call, output), span(2, 1, call), span(3, 2, call)}, []int{0}, []int{2, 1}},
		{"another model", spans{span(1, 0, call), span(2, 1, call, model("n"))}, []int{0, 1}, nil},
		{"a dated model of a provider", spans{span(1, 0, call, model("openai/gpt-4o")), span(2, 1, call, model("gpt-4o-2024-08-06"))}, []int{1}, []int{0}},
		{"no model", spans{span(1, 0, call, model("")), span(2, 1, call, model(""))}, []int{0, 1}, nil},
		{"no model, but one id", spans{span(1, 0, call, model(""), answer("r")), span(2, 1, call, model(""), answer("r"))}, []int{1}, []int{0}},
		{"another response", spans{span(1, 0, call, answer("r")), span(2, 1, call, answer("q"))}, []int{0, 1}, nil},
		{"one does not know the response", spans{span(1, 0, call, answer("r")), span(2, 1, call)}, []int{1}, []int{0}},
		{"another input", spans{span(1, 0, call, input(1)), span(2, 1, call, input(2))}, []int{0, 1}, nil},
		{"other counts", spans{span(1, 0, call, tokens(5, 1)), span(2, 1, call, tokens(6, 1))}, []int{0, 1}, nil},
		{"another output count", spans{span(1, 0, call, tokens(5, 1)), span(2, 1, call, tokens(5, 2))}, []int{0, 1}, nil},
		{"a zero is no count", spans{span(1, 0, call, tokens(5, 0)), span(2, 1, call, tokens(0, 2))}, []int{1}, []int{0}},
		{"the cache counted in and out", spans{span(1, 0, call, tokens(3445, 9)), span(2, 1, call, tokens(187, 9), cached(3258))}, []int{1}, []int{0}},
		{"the reasoning counted in and out", spans{span(1, 0, call, tokens(5, 9)), span(2, 1, call, tokens(5, 5), reasoning)}, []int{1}, []int{0}},
		{"the inner one ends later", spans{span(1, 0, call, time(0, 5)), span(2, 1, call, time(1, 6))}, []int{0, 1}, nil},
		{"calls in a chain", spans{span(1, 0, call, time(0, 5)), span(2, 1, call, time(5, 9)), span(3, 2, call, time(10, 11))}, []int{0, 1, 2}, nil},
		{"one id at different times", spans{span(1, 0, call, answer("r"), time(0, 5)), span(2, 1, call, answer("r"), time(1, 6))}, []int{1}, []int{0}},
		{"a wrapper of two calls", spans{span(1, 0, call), span(2, 1, call, answer("1")), span(3, 1, call, answer("2"))}, []int{1, 2}, nil},
		{"a wrapper that names one of its calls", spans{span(1, 0, call, answer("2"), tokens(9, 9), output), span(2, 1, call, answer("1")), span(3, 1, call, answer("2"))}, []int{1, 2}, nil},
		{"a wrapper of a wrapper", spans{span(1, 0, call), span(2, 1, call), span(3, 2, call, answer("1")), span(4, 2, call, answer("2"))}, []int{2, 3}, nil},
		{"a wrapper of two models", spans{span(1, 0, call), span(2, 1, call), span(3, 1, call, model("n"))}, []int{1, 2}, nil},
		{"one retry inside is still one call", spans{span(1, 0, call), span(2, 1, call, answer("1")), span(3, 1, call, answer("1"))}, []int{1}, []int{2, 0}},
		{"one of two children comes after the end", spans{span(1, 0, call, time(0, 5)), span(2, 1, call, time(1, 2)), span(3, 1, call, time(6, 7))}, []int{1, 2}, []int{0}},
		{"siblings are two calls", spans{span(1, 0, step), span(2, 1, call), span(3, 1, call)}, []int{1, 2}, nil},
		{"siblings of two libraries", spans{span(1, 0, step), span(2, 1, call, scope("a"), tokens(5, 1)), span(3, 1, call, scope("b"), tokens(5, 1))}, []int{1}, []int{2}},
		{"siblings of two libraries: the one with an id", spans{span(1, 0), span(2, 1, call, scope("a"), tokens(5, 1)), span(3, 1, call, scope("b"), tokens(5, 1), answer("r"))}, []int{2}, []int{1}},
		{"siblings of one library", spans{span(1, 0, step), span(2, 1, call, scope("a"), tokens(5, 1)), span(3, 1, call, scope("a"), tokens(5, 1))}, []int{1, 2}, nil},
		{"siblings, one after the other", spans{span(1, 0), span(2, 1, call, scope("a"), tokens(5, 1), time(20, 30)), span(3, 1, call, scope("b"), tokens(5, 1), time(30, 40))}, []int{1, 2}, nil},
		{"siblings without counts", spans{span(1, 0), span(2, 1, call, scope("a"), tokens(5, 0)), span(3, 1, call, scope("b"), tokens(5, 0))}, []int{1, 2}, nil},
		{
			"two calls at a time, each by two libraries",
			spans{
				span(1, 0, step), span(2, 1, call, scope("a"), tokens(5, 1)), span(3, 1, call, scope("a"), tokens(5, 1)),
				span(4, 1, call, scope("b"), tokens(5, 1)), span(5, 1, call, scope("b"), tokens(5, 1)),
			},
			[]int{1, 2},
			[]int{4},
		},
		{"one id in two services", spans{span(1, 0, call, answer("r")), span(2, 0, call, answer("r"), tokens(5, 1))}, []int{1}, []int{0}},
		{"one id in two traces", spans{span(1, 0, call, answer("r")), span(2, 0, call, answer("r"), inTrace(2))}, []int{0, 1}, nil},
		{"embeddings", spans{span(1, 0, call, embedding), span(2, 1, call, embedding)}, []int{1}, []int{0}},
		{"an embedding is no generation", spans{span(1, 0, call), span(2, 1, call, embedding)}, []int{0, 1}, nil},
		{"not over a remote parent", spans{span(1, 0, call), span(2, 1, call, remote)}, []int{0, 1}, nil},
		{"one id over a remote parent", spans{span(1, 0, call, answer("r")), span(2, 1, call, remote, answer("r"))}, []int{1}, []int{0}},
		{"one that is not sampled does not count", spans{span(1, 0, call), span(2, 1, call, unsampled)}, []int{0}, nil},

		{"an open one does not stay", spans{span(1, 0, call, open, output), span(2, 1, call)}, []int{1}, nil},
		{"what was handed on stays", spans{span(1, 0, call, output, tokens(5, 1)), span(2, 1, call, sent)}, []int{1}, nil},
		{"what was handed on stays, also outside", spans{span(1, 0, call, sent), span(2, 1, call, output, tokens(5, 1))}, []int{0}, nil},
		{"what was handed on cannot become a call", spans{span(1, 0, call, sentStep, output), span(2, 1, call)}, []int{1}, nil},
		{"a wrapper that was handed on as a call", spans{span(1, 0, call, sent), span(2, 1, call, answer("1")), span(3, 1, call, answer("2"))}, []int{0, 1, 2}, nil},

		{"a candidate", spans{span(1, 0, candidate)}, []int{0}, nil},
		{"a candidate below usage", spans{span(1, 0, call, tokens(5, 1)), span(2, 1), span(3, 2, candidate)}, []int{0}, nil},
		{"a candidate below an agent with usage", spans{span(1, 0, step, tokens(5, 1)), span(2, 1, candidate)}, nil, nil},
		{"a candidate above usage", spans{span(1, 0, candidate), span(2, 1), span(3, 2, call, tokens(5, 1))}, []int{2}, nil},
		{"a candidate beside usage", spans{span(1, 0), span(2, 1, candidate), span(3, 1, call, tokens(5, 1))}, []int{1, 2}, nil},
		{"a candidate below a call without usage", spans{span(1, 0, call), span(2, 1, candidate)}, []int{1}, []int{0}},
		{"of candidates the innermost", spans{span(1, 0, candidate), span(2, 1, candidate), span(3, 2, candidate)}, []int{2}, nil},
		{"a candidate that is not a generation does not separate calls", spans{span(1, 0, call, tokens(5, 1)), span(2, 1, candidate), span(3, 2, call, tokens(5, 1))}, []int{2}, []int{0}},
		{"the same span twice", spans{span(1, 0, call, answer("r")), span(1, 0, call, answer("r"))}, []int{0, 1}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			results := tracetree.Resolve(tt.spans, tracetree.Options{})
			require.Equal(t, tt.want, calling(results))
			if len(tt.want) > 0 {
				require.Equal(t, tt.merged, results[tt.want[0]].Merged)
			}
			for _, i := range tt.merged {
				require.Equal(t, tt.want[0], results[i].Stays)
			}
		})
	}
}

func TestServicesThatTrustEachOther(t *testing.T) {
	t.Parallel()
	results := tracetree.Resolve([]tracetree.Span{span(1, 0, call), span(2, 1, call, remote)}, tracetree.Options{Remote: true})
	require.Equal(t, []int{1}, calling(results))
}

// The span that stays has the session of the others, but only in one process.
func TestSessionOfTheSameCall(t *testing.T) {
	t.Parallel()
	twins := func(change func(*tracetree.Span)) []tracetree.Result {
		return tracetree.Resolve([]tracetree.Span{
			span(1, 0, step), span(2, 1, call, answer("r"), has("s", "p")), span(3, 1, call, answer("r"), output, change),
		}, tracetree.Options{})
	}
	got := twins(func(*tracetree.Span) {})[2]
	require.Equal(t, []int{1}, got.Merged)
	require.Equal(t, [2]int{1, 1}, [2]int{got.Session, got.Person})
	got = twins(remote)[2]
	require.Equal(t, []int{1}, got.Merged)
	require.Equal(t, [2]int{-1, -1}, [2]int{got.Session, got.Person})
	got = twins(has("", "q"))[2]
	require.Equal(t, [2]int{-1, 2}, [2]int{got.Session, got.Person}, "the session of another person")
	got = twins(has("s", ""))[2]
	require.Equal(t, 2, got.Session)
}

func TestSameModel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"gpt-4o", "gpt-4o", true},
		{"gpt-4o", "gpt-4o-2024-08-06", true},
		{"openai/gpt-4o", "gpt-4o", true},
		{"claude-sonnet-4-5", "claude-sonnet-4-5-20250929", true},
		{"claude-3-5-haiku-latest", "claude-3-5-haiku", true},
		{"claude-opus-4", "claude-opus-4@20250514", true},
		{"gpt-4o", "gpt-4o-mini", false},
		{"gpt-4", "gpt-4o", false},
		{"gpt-4", "gpt-4-1", false},
		{"", "", false},
		{"", "gpt-4o", false},
		{"openai/", "gpt-4o", false},
	} {
		require.Equal(t, tt.want, tracetree.SameModel(tt.a, tt.b), "%s, %s", tt.a, tt.b)
		require.Equal(t, tt.want, tracetree.SameModel(tt.b, tt.a), "%s, %s", tt.b, tt.a)
	}
}
