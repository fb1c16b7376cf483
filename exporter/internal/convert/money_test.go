package convert_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter/internal/convert"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

// rates are prices of one token, made up so that no two sums of different kinds
// are equal by accident.
const (
	rateInput, rateOutput        = 3, 15_000
	rateCacheRead, rateCacheMake = 7_000_000, 110_000_000
	rateReasoning                = 1_300_000_000
	rateAudioIn, rateAudioOut    = 17_000_000_000, 190_000_000_000
	rateImageIn, rateImageOut    = 2_300_000_000_000, 29_000_000_000_000
)

// tokens are the kinds of tokens that have prices of their own, none of them part
// of another.
type tokens struct{ input, output, cacheRead, cacheMake, reasoning, audioIn, audioOut, imageIn, imageOut int64 }

func (n tokens) price() int64 {
	return n.input*rateInput + n.output*rateOutput + n.cacheRead*rateCacheRead + n.cacheMake*rateCacheMake + n.reasoning*rateReasoning +
		n.audioIn*rateAudioIn + n.audioOut*rateAudioOut + n.imageIn*rateImageIn + n.imageOut*rateImageOut
}

// asPostHog tells the kinds of tokens of an event apart as PostHog does: input
// tokens include cached ones unless the flag says otherwise, audio and images are
// parts of the totals, and some of Gemini's models reason on top of the text.
func asPostHog(t *testing.T, d decoded) tokens {
	t.Helper()
	count := func(key string) (n int64) {
		if v, ok := d.Properties[key]; ok {
			require.NoError(t, json.Unmarshal(v, &n), key)
		}
		return n
	}
	n := tokens{
		input: count("$ai_input_tokens"), output: count("$ai_output_tokens"),
		cacheRead: count("$ai_cache_read_input_tokens"), cacheMake: count("$ai_cache_creation_input_tokens"),
		audioIn: count("$ai_audio_input_tokens"), audioOut: count("$ai_audio_output_tokens"),
		imageIn: count("$ai_image_input_tokens"), imageOut: count("$ai_image_output_tokens"),
	}
	if string(d.Properties["$ai_cache_reporting_exclusive"]) != "true" {
		n.input -= n.cacheRead + n.cacheMake
	}
	n.input -= n.audioIn + n.imageIn
	n.output -= n.audioOut + n.imageOut
	if text, ok := d.Properties["$ai_text_output_tokens"]; ok {
		require.NoError(t, json.Unmarshal(text, &n.output))
	}
	if reasonsApart(string(d.Properties["$ai_model"])) {
		n.reasoning = count("$ai_reasoning_tokens")
	}
	return n
}

func reasonsApart(model string) bool {
	model = strings.Trim(model, `"`)
	return strings.HasPrefix(model, "gemini-2.5-") || strings.HasPrefix(model, "gemini-3")
}

// asProvider reads the usage as a provider's API writes it. ok is false for other
// objects.
func asProvider(n *jsontree.Node, model string) (usage tokens, shape string) {
	count := func(path string) int64 {
		v := n.Path(path)
		if !v.Is(jsontree.Number) {
			return 0
		}
		var i int64
		_ = json.Unmarshal([]byte(v.Text), &i)
		return i
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if n.Get(name) == nil {
				return false
			}
		}
		return true
	}
	switch {
	case has("prompt_tokens", "completion_tokens", "total_tokens"): // OpenAI's chat completions and embeddings
		usage.cacheRead = count("prompt_tokens_details.cached_tokens") + count("prompt_token_details.cached_tokens") // the latter is Eino's
		usage.audioIn, usage.audioOut = count("prompt_tokens_details.audio_tokens"), count("completion_tokens_details.audio_tokens")
		usage.input = count("prompt_tokens") - usage.cacheRead - usage.audioIn
		usage.output = count("completion_tokens") - usage.audioOut
		return usage, "OpenAI chat"
	case has("input_tokens", "output_tokens", "total_tokens", "output_tokens_details"): // OpenAI's responses
		usage.cacheRead = count("input_tokens_details.cached_tokens")
		usage.input, usage.output = count("input_tokens")-usage.cacheRead, count("output_tokens")
		return usage, "OpenAI responses"
	case has("input_tokens", "output_tokens", "cache_read_input_tokens") && !has("total_tokens"): // Anthropic's messages
		return tokens{
			input: count("input_tokens"), output: count("output_tokens"),
			cacheRead: count("cache_read_input_tokens"), cacheMake: count("cache_creation_input_tokens"),
		}, "Anthropic"
	case has("promptTokenCount", "candidatesTokenCount"): // Gemini
		usage.cacheRead, usage.output = count("cachedContentTokenCount"), count("candidatesTokenCount")
		usage.input = count("promptTokenCount") - usage.cacheRead
		for i := range listOf(n, "candidatesTokensDetails") {
			if d := n.Get("candidatesTokensDetails").At(i); d.Get("modality").String() == "IMAGE" {
				n := *d
				v, _ := json.Number(n.Get("tokenCount").Text).Int64()
				usage.imageOut += v
			}
		}
		usage.output -= usage.imageOut
		if reasonsApart(model) {
			usage.reasoning = count("thoughtsTokenCount")
		} else {
			usage.output += count("thoughtsTokenCount")
		}
		return usage, "Gemini"
	case has("inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens"): // Bedrock
		return tokens{
			input: count("inputTokens"), output: count("outputTokens"),
			cacheRead: count("cacheReadInputTokens"), cacheMake: count("cacheWriteInputTokens"),
		}, "Bedrock"
	}
	return usage, ""
}

func listOf(n *jsontree.Node, name string) []jsontree.Node {
	if list := n.Get(name); list != nil {
		return list.Items
	}
	return nil
}

// TestMoney compares what PostHog makes of an event with what the provider's own
// usage, which many libraries record with the response, costs.
func TestMoney(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{
		filepath.Join("testdata", "*", "*.otlp.json"), filepath.Join("testdata", "*", "*", "*.otlp.json"),
		filepath.Join(shared, "corpus", "*", "*.otlp.json"), filepath.Join(shared, "cases", "*.otlp.json"),
	} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, found...)
	}
	compared := map[string]int{}
	for _, file := range files {
		if strings.HasSuffix(file, ".logs.otlp.json") {
			continue
		}
		spans, err := spantest.ReadOTLP(file)
		require.NoError(t, err)
		recorded := map[string]sdktrace.ReadOnlySpan{}
		for _, span := range spans {
			recorded[`"`+span.SpanContext().SpanID().String()+`"`] = span
		}
		for _, e := range convert.Batch(spans, convert.Options{}) {
			if e.Name != semconv.EventGeneration && e.Name != semconv.EventEmbedding {
				continue
			}
			d := decode(t, e)
			want, shape := recordedUsage(recorded[string(d.Properties["$ai_span_id"])], string(d.Properties["$ai_model"]))
			if shape == "" {
				continue
			}
			compared[shape]++
			got := asPostHog(t, d)
			require.Equal(t, want.price(), got.price(), "%s: span %s of %s: %s says %+v, the event %+v",
				file, d.Properties["$ai_span_id"], d.Properties["$ai_lib"], shape, want, got)
		}
	}
	for _, shape := range []string{"OpenAI chat", "Anthropic", "Gemini"} {
		require.NotZero(t, compared[shape], "no recorded usage of %s", shape)
	}
	t.Log(compared)
}

// recordedUsage returns the usage that a span has recorded of the provider's
// answer, unless it has recorded none or several.
func recordedUsage(span sdktrace.ReadOnlySpan, model string) (usage tokens, shape string) {
	several := false
	for _, kv := range span.Attributes() {
		if kv.Value.Type() != attribute.STRING {
			continue
		}
		n, ok := jsontree.ParseContainer(kv.Value.AsString())
		if !ok {
			continue
		}
		n.Walk(func(n *jsontree.Node) bool {
			if found, its := asProvider(n, model); its != "" {
				several = several || shape != "" && found != usage
				usage, shape = found, its
			}
			return true
		})
	}
	if several {
		return tokens{}, ""
	}
	return usage, shape
}
