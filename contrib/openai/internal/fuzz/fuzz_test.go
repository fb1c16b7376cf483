package fuzz_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

// Whatever is sent and answered, the client gets all of it, and the call ends
// with one span, without a panic and with valid JSON in its attributes.
func FuzzCall(f *testing.F) {
	files, err := filepath.Glob("../../otelopenai/testdata/calls/*/response.*")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		request, err := os.ReadFile(filepath.Join(filepath.Dir(file), "request.json"))
		require.NoError(f, err)
		answer, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(filepath.Base(filepath.Dir(file)), request, answer, strings.HasSuffix(file, ".sse"))
	}
	f.Fuzz(func(t *testing.T, name string, request, response []byte, stream bool) {
		path := "embeddings"
		switch {
		case strings.HasPrefix(name, "chat"):
			path = "chat/completions"
		case strings.HasPrefix(name, "responses"):
			path = "responses"
		}
		contentType := "application/json"
		if stream {
			contentType = "text/event-stream"
		}
		spans := tracetest.NewSpanRecorder()
		genai := otelopenai.New(otelopenai.WithContent(otelopenai.ContentAll),
			otelopenai.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://api.openai.com/v1/"+path, strings.NewReader(string(request)))
		require.NoError(t, err)
		resp, err := genai.Middleware(req, func(r *http.Request) (*http.Response, error) {
			sent, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			require.Equal(t, string(request), string(sent))
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
				Body: io.NopCloser(strings.NewReader(string(response))),
			}, nil
		})
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, string(response), string(got))
		require.NoError(t, resp.Body.Close())

		require.Len(t, spans.Ended(), 1)
		for _, kv := range spans.Ended()[0].Attributes() {
			switch kv.Key {
			case "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions":
				require.True(t, json.Valid([]byte(kv.Value.AsString())), "%s: %s", kv.Key, kv.Value.AsString())
			}
		}
	})
}
