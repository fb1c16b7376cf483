package otelopenai_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/contrib/openai/otelopenai"
)

// BenchmarkMiddleware measures what a call costs more than without the
// middleware: no client and no network, only the body and the answer.
func BenchmarkMiddleware(b *testing.B) {
	genai := otelopenai.New(otelopenai.WithTracerProvider(sdktrace.NewTracerProvider()), otelopenai.WithContent(otelopenai.ContentAll))
	for _, c := range recordedCalls(b) {
		contentType := "application/json"
		if c.stream {
			contentType = "text/event-stream"
		}
		switch c.name {
		case "chat-tools", "chat-stream-tools", "responses-tools", "responses-stream", "embeddings-texts":
			path, _, _ := strings.Cut(c.name, "-")
			benchmarkMiddleware(b, genai, c.name, strings.Replace(path, "chat", "chat/completions", 1), contentType, c.request, c.answer)
		}
	}
	vectors := []byte(`{"data":[` + strings.Repeat(`{"embedding":[`+strings.Repeat("0.0123456789,", 1535)+`1]},`, 50) + `{}],"usage":{"prompt_tokens":9}}`)
	benchmarkMiddleware(b, genai, "embeddings of 1 MB", "embeddings", "application/json", []byte(`{"model":"m","input":"x"}`), vectors)
}

func benchmarkMiddleware(b *testing.B, genai *otelopenai.Tracer, name, path, contentType string, request, response []byte) {
	call := func(b *testing.B, do func(*http.Request, func(*http.Request) (*http.Response, error)) (*http.Response, error)) {
		b.ReportAllocs()
		b.SetBytes(int64(len(request) + len(response)))
		for b.Loop() {
			req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "https://api.openai.com/v1/"+path, bytes.NewReader(request))
			if err != nil {
				b.Fatal(err)
			}
			resp, err := do(req, func(*http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {contentType}},
					Body: io.NopCloser(struct{ io.Reader }{bytes.NewReader(response)}),
				}, nil
			})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(struct{ io.Writer }{io.Discard}, resp.Body); err != nil {
				b.Fatal(err)
			}
			_ = resp.Body.Close()
		}
	}
	b.Run(name+"/Base", func(b *testing.B) {
		call(b, func(r *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
			return next(r)
		})
	})
	b.Run(name+"/With", func(b *testing.B) { call(b, genai.Middleware) })
}
