package convert_test

import (
	"testing"

	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestVectorsStay(t *testing.T) {
	t.Parallel()
	var rows []row
	for name, c := range map[string]struct{ state, want string }{
		"alone":                     {`[0.1,-2e-3,1]`, ``},
		"a list of them":            {`[[0.1,0.2],[0.3,0.4]]`, ``},
		"in a response":             {`{"object":"list","data":[{"embedding":[0.1,0.2],"index":0}]}`, `{"object":"list","data":[{"index":0}]}`},
		"under any name":            {`{"result":{"values":[0.5,0.25]},"ids":[1,2]}`, `{"result":{},"ids":[1,2]}`},
		"among other things":        {`["a",[0.1,0.2],["b",[0.5]]]`, `["a",["b"]]`},
		"as text":                   {`{"result":"[0.1,0.2]","n":2}`, `{"n":2}`},
		"in a response as text":     {`{"body":"{\"data\":[{\"embedding\":[0.1],\"index\":0}]}"}`, `{"body":"{\"data\":[{\"index\":0}]}"}`},
		"no vector: other text":     {`{"note":"[0.1] or so","ids":"[1,2]"}`, `{"note":"[0.1] or so","ids":"[1,2]"}`},
		"integers by their name":    {`{"embeddings":[[1,0],[0,1]],"n":2}`, `{"n":2}`},
		"no vector: integers":       {`[1,2,3]`, `[1,2,3]`},
		"no vector: one number":     {`{"score":0.5}`, `{"score":0.5}`},
		"no vector: nothing inside": {`{"embedding":[]}`, `{"embedding":[]}`},
	} {
		r := row{
			name: name, span: "embed documents",
			attrs: attrs{"traceloop.span.kind": "task", "traceloop.entity.output": c.state},
		}
		if c.want == "" {
			r.absent = []string{"$ai_output_state"}
		} else {
			r.want = map[string]string{"$ai_output_state": c.want}
		}
		rows = append(rows, r)
	}
	checkRows(t, append(rows,
		row{
			name: "a span of another kind loses what is named a vector",
			span: "query",
			attrs: attrs{
				"traceloop.span.kind":     "task",
				"traceloop.entity.output": `{"matches":[{"id":"a","vector":[0.1],"scores":[0.9,0.8]}]}`,
			},
			want: map[string]string{"$ai_output_state": `{"matches":[{"id":"a","scores":[0.9,0.8]}]}`},
		},
		row{
			name: "and what is named a vector of something",
			span: "query",
			attrs: attrs{
				"traceloop.span.kind":     "task",
				"traceloop.entity.output": `[{"text":"a","meta":{"_dense_vector":[0.1,0.2]},"contentEmbeddings":[[0.1]],"sector":[1,2],"vectorName":"x"}]`,
			},
			want: map[string]string{"$ai_output_state": `[{"text":"a","meta":{},"sector":[1,2],"vectorName":"x"}]`},
		},
		row{
			name:   "a document of nothing but vectors is no state",
			span:   "retrieve",
			attrs:  attrs{"langsmith.span.kind": "retriever", "gen_ai.completion": `{"vectors":[[0.1,0.2]]}`},
			absent: []string{"$ai_output_state"},
		},
		row{
			name: "attributes of an embedding that no rule knows",
			attrs: attrs{
				"gen_ai.operation.name": "embeddings", "my.vector": []any{0.1, 0.2}, "my.text": "[[0.1],[0.2]]", "my.sizes": []any{1, 2},
				"my.note": "[0.1] is text here", "my.response": `{"data":[{"embedding":[1,2]}]}`, "my.object": `{"a":1}`,
			},
			event:  semconv.EventEmbedding,
			want:   map[string]string{"my.sizes": `[1,2]`, "my.note": `"[0.1] is text here"`, "my.object": `"{\"a\":1}"`},
			absent: []string{"my.vector", "my.text", "my.response"},
		},
		row{
			name: "the same around an embedding", span: "ai.embed",
			attrs:  attrs{"gen_ai.operation.name": "invoke_workflow", "my.vector": []any{0.1, 0.2}},
			absent: []string{"my.vector"},
		},
		row{
			name: "output of an embedding", event: semconv.EventEmbedding,
			attrs:  attrs{"gen_ai.operation.name": "embeddings", outputKey: `[[0.1,0.2]]`},
			absent: []string{"$ai_output_choices"},
		},
		row{
			name: "flattened output of an embedding", event: semconv.EventEmbedding,
			attrs: attrs{
				"llm.request.type": "embedding", "gen_ai.prompt.0.content": "[0.5]",
				"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "[0.1,0.2]", "llm.completions.1.content": []any{0.1, 0.2},
			},
			want:   map[string]string{"$ai_input": `["[0.5]"]`},
			absent: []string{"$ai_output_choices"},
		},
		row{
			name: "output of an embedding, and more", event: semconv.EventEmbedding,
			attrs: attrs{"gen_ai.operation.name": "embeddings", outputKey: attrs{"embeddings": []any{[]any{0.1}}, "id": "x"}},
			want:  map[string]string{"$ai_output_choices": `{"id":"x"}`},
		},
	))
}
