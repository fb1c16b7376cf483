package exporter_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
)

// FuzzSpanToBody repeats a piece of a key and a piece of a value many times, as an
// attacker does whose request gzip makes small, and takes the span through
// conversion, redaction, shrinking and encoding. A small stack makes recursion that
// follows the input fail.
func FuzzSpanToBody(f *testing.F) {
	const most = 64 << 10 // bytes: many for the stack below, few enough for many runs
	for _, seed := range []struct {
		key, piece string
		times      uint32
		value      string
	}{
		{"gen_ai.prompt.0.tool_calls.0.", ".", most, "x"},
		{"llm.input_messages.0.message.contents.0.", "a.", most, "x"},
		{"gen_ai.prompt.", "0.", most, "x"},
		{"gen_ai.input.messages", "", most, "["},
		{"gen_ai.output.messages", "", most / 8, `[{"parts":`},
		{"gen_ai.input.messages", "", most / 8, `\"`},
		{"gen_ai.tool.definitions", "", most / 32, `{"function":{"parameters":`},
		{"app.text", "", most / 32, "sk-proj-aB3/ me@example.com "},
	} {
		f.Add(seed.key, seed.piece, seed.times, seed.value)
	}
	validate := transportFunc(func(r *http.Request) (*http.Response, error) {
		body, err := bodyOf(r)
		if err != nil || !json.Valid(body) {
			return answer(http.StatusBadRequest, "no JSON")
		}
		return answer(http.StatusOK, `{"status":1}`)
	})
	exp, err := exporter.New(testKey, exporter.WithHTTPClient(&http.Client{Transport: validate}),
		exporter.WithCompression(exporter.CompressionGzip), exporter.WithRedaction("email", "phone", "payment_card"))
	require.NoError(f, err)
	f.Cleanup(func() { _ = exp.Shutdown(f.Context()) })

	f.Fuzz(func(t *testing.T, key, piece string, times uint32, value string) {
		n := min(int(times%(most+1)), most/max(1, len(piece)+len(value)))
		span := newSpan(0,
			attribute.String("llm.request.type", "chat"), attribute.String("openinference.span.kind", "LLM"),
			attribute.String(key+strings.Repeat(piece, n), strings.Repeat(value, n)))
		defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
		require.NoError(t, exp.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span.Snapshot()}))
	})
}

// bodyOf reads the body of a request as a server would.
func bodyOf(r *http.Request) ([]byte, error) {
	body, err := r.GetBody() // transportFunc has closed the first one
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		return nil, fmt.Errorf("no gzip: %w", err)
	}
	defer func() { _ = body.Close() }()
	plain, err := gzip.NewReader(body)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}
