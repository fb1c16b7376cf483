package spans_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/collector/internal/spans"
)

func TestSessionKeys(t *testing.T) {
	t.Parallel()
	keys := []string{"app.session", "sid"}
	for name, test := range map[string]struct {
		resource, span map[string]any
		want           string
	}{
		"in order":                {span: map[string]any{"sid": "b", "app.session": "a"}, want: "a"},
		"span before resource":    {resource: map[string]any{"app.session": "r"}, span: map[string]any{"sid": "s"}, want: "s"},
		"resource":                {resource: map[string]any{"sid": "r"}, want: "r"},
		"over the usual one":      {span: map[string]any{"$session_id": "x", "sid": "s"}, want: "s"},
		"the usual one else":      {span: map[string]any{"$session_id": "x"}, want: "x"},
		"an invalid one is none":  {span: map[string]any{"app.session": "a b", "sid": "s"}, want: "s"},
		"a long one is none":      {span: map[string]any{"app.session": strings.Repeat("x", 201)}},
		"a number is none":        {span: map[string]any{"sid": int64(7)}},
		"an empty one is none":    {span: map[string]any{"sid": ""}},
		"a name that is not told": {span: map[string]any{"other": "s"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			td := ptrace.NewTraces()
			rs := td.ResourceSpans().AppendEmpty()
			require.NoError(t, rs.Resource().Attributes().FromRaw(test.resource))
			s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
			require.NoError(t, s.Attributes().FromRaw(test.span))

			var got []string
			for _, kv := range spans.Of(td, spans.WithSession(keys...))[0].Attributes() {
				if kv.Key == "$session_id" && kv.Value.Type() == attribute.STRING {
					got = append(got, kv.Value.AsString())
				}
			}
			if test.want == "" {
				require.Empty(t, got)
				return
			}
			require.Equal(t, []string{test.want}, got)
			require.Equal(t, len(test.span), s.Attributes().Len(), "the data stays as it is")
		})
	}
}

func TestWithoutResource(t *testing.T) {
	t.Parallel()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("secret", "x")
	rs.Resource().Attributes().PutStr("service.name", "y")
	rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	require.Equal(t, "service.name=y", spans.Of(td, spans.WithoutResource("secret"))[0].Resource().String())
	require.Equal(t, 2, rs.Resource().Attributes().Len())
}
