package trust_test

import (
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// The Anthropic client's own switches: without propagation nothing of the session
// is sent, whatever the transport, and the spans are there all the same. The
// messages are on them only when asked for.
func TestAnthropicSwitches(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opts    []option.RequestOption
		spans   int
		content bool
	}{
		"defaults": {spans: 1},
		"content": {
			opts:  []option.RequestOption{option.WithOpenTelemetryTracesContentMode(option.OpenTelemetryContentModeContent)},
			spans: 1, content: true,
		},
		"no spans": {opts: []option.RequestOption{option.WithoutOpenTelemetry()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInternet(t)
			spans := tracetest.NewSpanRecorder()
			client := anthropic.NewClient(append([]option.RequestOption{
				option.WithBaseURL("http://" + anthropicHost), option.WithAPIKey("sk-test"),
				option.WithHTTPClient(&http.Client{Transport: in.transport}),
				option.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))),
				option.WithOpenTelemetryPropagation(false),
			}, c.opts...)...)
			_, err := client.Messages.New(userRequest(t), anthropicParams)
			require.NoError(t, err)

			r := in.arrived(t, anthropicHost)[0]
			requireNoSession(t, r)
			require.NotContains(t, r.header, "Baggage")
			require.NotContains(t, r.header, "Traceparent")

			require.Len(t, spans.Ended(), c.spans)
			for _, s := range spans.Ended() {
				keys := make(map[string]bool)
				for _, kv := range s.Attributes() {
					keys[string(kv.Key)] = true
				}
				require.True(t, keys["gen_ai.usage.input_tokens"])
				require.Equal(t, c.content, keys["gen_ai.input.messages"])
				require.Equal(t, c.content, keys["gen_ai.output.messages"])
			}
		})
	}
}
