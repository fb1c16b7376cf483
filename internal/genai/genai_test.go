package genai_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/genai"
)

func TestEvent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		attrs map[attribute.Key]string
		want  string
	}{
		{nil, ""},
		{map[attribute.Key]string{"gen_ai.operation.name": "Chat"}, "$ai_generation"},
		{map[attribute.Key]string{"gen_ai.operation.name": "embeddings"}, "$ai_embedding"},
		{map[attribute.Key]string{"gen_ai.operation.name": "execute_tool"}, "$ai_span"},
		{map[attribute.Key]string{"ai.operationId": "ai.streamText.doStream"}, "$ai_generation"},
		{map[attribute.Key]string{"ai.operationId": "ai.streamText", "gen_ai.operation.name": "chat"}, "$ai_span"},
		{map[attribute.Key]string{"langsmith.span.kind": "prompt", "gen_ai.operation.name": "chat"}, "$ai_span"},
		{map[attribute.Key]string{"genkit:type": "action", "genkit:metadata:subtype": "embedder"}, "$ai_embedding"},
		{map[attribute.Key]string{"genkit:type": "util", "genkit:metadata:subtype": "model"}, ""},
	} {
		require.Equal(t, tt.want, genai.Event(func(key attribute.Key) string { return tt.attrs[key] }), "%v", tt.attrs)
	}
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
		{"gpt-4o", "gpt-4o-mini", false},
		{"gpt-4", "gpt-4o", false},
		{"", "", false},
		{"", "gpt-4o", false},
		{"openai/", "gpt-4o", false},
	} {
		require.Equal(t, tt.want, genai.SameModel(tt.a, tt.b), "%s, %s", tt.a, tt.b)
		require.Equal(t, tt.want, genai.SameModel(tt.b, tt.a), "%s, %s", tt.b, tt.a)
	}
}
