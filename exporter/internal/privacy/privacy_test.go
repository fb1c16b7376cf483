package privacy_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/privacy"
	"github.com/otelposthog/otelposthog-go/internal/prop"
)

var update = flag.Bool("update", false, "write the table in docs/privacy.md anew")

var levels = []privacy.Level{privacy.All, privacy.Inputs, privacy.Outputs, privacy.None}

// TestDocumentedTable: the table in docs/privacy.md is that of the code.
// `go test -update` writes it anew.
func TestDocumentedTable(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "..", "docs", "privacy.md")
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	const begin, end = "<!-- table -->\n", "<!-- end of table -->"
	head, rest, ok := strings.Cut(string(data), begin)
	require.True(t, ok, "no %s in %s", begin, path)
	table, tail, ok := strings.Cut(rest, end)
	require.True(t, ok, "no %s in %s", end, path)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(head+begin+documented()+end+tail), 0o644))
		return
	}
	require.Equal(t, documented(), table, "run go test ./exporter/internal/privacy -update")
}

// documented returns the table, with properties of the same rule in one row.
func documented() string {
	var order []string
	properties := map[string][]string{}
	for _, p := range append(privacy.Properties(), "any other property") {
		var row strings.Builder
		for _, l := range levels[1:] {
			fmt.Fprintf(&row, " %s |", privacy.Describe(p, l))
		}
		if properties[row.String()] == nil {
			order = append(order, row.String())
		}
		name := "`" + p + "`"
		if p == "any other property" {
			name = p
		}
		properties[row.String()] = append(properties[row.String()], name)
	}
	var out strings.Builder
	out.WriteString("| property | inputs | outputs | none |\n|---|---|---|---|\n")
	for _, row := range order {
		fmt.Fprintf(&out, "| %s |%s\n", strings.Join(properties[row], ", "), row)
	}
	return out.String()
}

// left returns what is left of one property; nil is nothing.
func left(p prop.Property, level privacy.Level) *prop.Property {
	e := event.Event{DistinctID: "d", ErrorType: "ValueError", Properties: []prop.Property{p}}
	privacy.Withhold(&e, level, &privacy.Allowed{})
	return e.Get(p.Key)
}

// TestEveryRow: a text with spaces, in any property, leaves at no level but that of
// its side.
func TestEveryRow(t *testing.T) {
	t.Parallel()
	const said = "they said so"
	for _, key := range append(privacy.Properties(), "anything", "$anything") {
		isInput, isOutput := privacy.Side(key)
		for _, p := range []prop.Property{
			prop.String(key, said), prop.Doc(key, `["`+said+`"]`), prop.Doc(key, `{"temperature":"`+said+`"}`),
			prop.Doc(key, `{"`+said+`":1}`), prop.Doc(key, `[{"name":"`+said+`"}]`),
			prop.Any(key, attribute.StringSliceValue([]string{said})), prop.Any(key, attribute.MapValue(attribute.String("n", said))),
		} {
			for _, level := range levels {
				got := left(p, level)
				leaves := got != nil && strings.Contains(string(got.AppendValue(nil)), said)
				want := level == privacy.All || level == privacy.Inputs && isInput || level == privacy.Outputs && isOutput
				require.Equal(t, want, leaves, "%s at level %d: %s", key, level, p.Value.String())
			}
		}
	}
}

// TestShapes has a value that leaves at the level None, and some that do not.
func TestShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key      string
		yes, not []string
	}{
		{"$ai_model", []string{"gpt-4o-2024-08-06", "us.anthropic.claude-3:0", "models/gemini-2.5-pro", "@cf/meta/llama"}, []string{"a model", "modèle", strings.Repeat("m", 129), "<b>"}},
		{"$ai_completion_id", []string{"chatcmpl-123", "a=="}, []string{"an id", strings.Repeat("1", 201), "ü"}},
		{"$ai_span_name", []string{"chat", "chat gpt-4o", "execute_tool weather", "ai.generateText.doGenerate", "POST /v1/chat"}, []string{"refund Bob", "chat with Bob", "ask bob now"}},
		{"$ai_stop_reason", []string{"stop", "end_turn", "MAX_TOKENS"}, []string{"bob", "because Bob said"}},
		{"$ai_service_tier", []string{"flex"}, []string{"bob"}},
		{"$ai_evaluation_result_type", []string{"label", "number"}, []string{"bob"}},
	} {
		for _, text := range tt.yes {
			require.NotNil(t, left(prop.String(tt.key, text), privacy.None), "%s %s", tt.key, text)
		}
		for _, text := range append(tt.not, "") {
			require.Nil(t, left(prop.String(tt.key, text), privacy.None), "%s %s", tt.key, text)
		}
		require.Nil(t, left(prop.Any(tt.key, attribute.Int64Value(1)), privacy.None), tt.key)
	}
	require.NotNil(t, left(prop.Any("$ai_latency", attribute.Float64Value(1)), privacy.None))
	require.Nil(t, left(prop.Any("$ai_latency", attribute.BoolValue(true)), privacy.None))
	require.NotNil(t, left(prop.Any("$ai_stream", attribute.BoolValue(true)), privacy.None))
	require.Nil(t, left(prop.Any("age", attribute.Int64Value(42)), privacy.None), "a number under an unknown name")

	for doc, want := range map[string]string{
		`{"temperature":1,"stop":["a"],"reasoning_effort":"high","tool_choice":"bob","bob":1}`: `{"temperature":1,"reasoning_effort":"high"}`,
	} {
		got := left(prop.Doc("$ai_model_parameters", doc), privacy.None)
		require.JSONEq(t, want, got.Value.AsString())
	}
}

func TestErrorTypes(t *testing.T) {
	t.Parallel()
	for text, known := range map[string]bool{
		"ValueError": true, "openai.RateLimitError": true, "java.lang.IllegalStateException": true, "*errors.errorString": true, "*net/url.Error": true, "429": true,
		"RESOURCE_EXHAUSTED": true, "rate_limit_error": true, "_OTHER": true,
		"bob": false, "Bob's Error": false, "4294": false, "*bob": false, strings.Repeat("x", 200) + "Error": false, "": false,
	} {
		e := event.Event{DistinctID: "d", ErrorType: text, Properties: []prop.Property{prop.String("$ai_error", "what they said")}}
		privacy.Withhold(&e, privacy.Outputs, &privacy.Allowed{})
		want := text
		if !known {
			want = "_OTHER"
		}
		require.Equal(t, want, e.Text("$ai_error"))
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for _, a := range append(levels, -1, 4) {
		for _, b := range append(levels, -1, 4) {
			got := a.And(b)
			require.Equal(t, got, b.And(a))
			require.True(t, got.Valid())
			for _, key := range []string{"$ai_input", "$ai_output_choices", "note"} {
				p := prop.String(key, "they said so")
				leaves := func(l privacy.Level) bool {
					q := left(p, l)
					return l.Valid() && q != nil && !q.JSON
				}
				require.Equal(t, leaves(a) && leaves(b), leaves(got), "%d and %d: %s", a, b, key)
			}
		}
	}
}
