package trust_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// llm is an LLM API and the official client that calls it.
type llm struct {
	name, host string
	call       func(ctx context.Context, client *http.Client) error
	stream     func(ctx context.Context, client *http.Client) error
}

var llms = []llm{
	{
		name: "openai-go", host: openAIHost,
		call: func(ctx context.Context, client *http.Client) error {
			c := newOpenAI(client)
			_, err := c.Chat.Completions.New(ctx, openAIParams)
			return err
		},
		stream: func(ctx context.Context, client *http.Client) error {
			c := newOpenAI(client)
			s := c.Chat.Completions.NewStreaming(ctx, openAIParams)
			defer func() { _ = s.Close() }()
			for s.Next() { // to the end
			}
			return s.Err()
		},
	},
	{
		name: "anthropic-sdk-go", host: anthropicHost,
		call: func(ctx context.Context, client *http.Client) error {
			c := newAnthropic(client)
			_, err := c.Messages.New(ctx, anthropicParams)
			return err
		},
		stream: func(ctx context.Context, client *http.Client) error {
			c := newAnthropic(client)
			s := c.Messages.NewStreaming(ctx, anthropicParams)
			defer func() { _ = s.Close() }()
			for s.Next() { // to the end
			}
			return s.Err()
		},
	},
}

func newOpenAI(client *http.Client) openai.Client {
	return openai.NewClient(option.WithBaseURL("http://"+openAIHost+"/v1"), option.WithAPIKey("sk-test"),
		option.WithHTTPClient(client))
}

func newAnthropic(client *http.Client) anthropic.Client {
	return anthropic.NewClient(anthropicoption.WithBaseURL("http://"+anthropicHost), anthropicoption.WithAPIKey("sk-test"),
		anthropicoption.WithHTTPClient(client))
}

var (
	openAIParams = openai.ChatCompletionNewParams{
		Model:    "gpt-5-mini",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")},
	}
	anthropicParams = anthropic.MessageNewParams{
		Model:     "claude-sonnet-5",
		MaxTokens: 16,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("hi"))},
	}
)

// forEach runs a test for each client in each place.
func forEach(t *testing.T, test func(t *testing.T, api llm, at place)) {
	for _, api := range llms {
		for _, at := range places {
			t.Run(api.name+" "+at.name, func(t *testing.T) {
				t.Parallel()
				test(t, api, at)
			})
		}
	}
}

// The premise: with the plain propagators of W3C, the user's session goes to
// whoever serves the model. If this test fails, the others have become easy to
// pass.
func TestWithPlainPropagatorsTheSessionLeaks(t *testing.T) {
	t.Parallel()
	plain := propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
	for _, api := range llms {
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			in := newInternet(t)
			client := &http.Client{Transport: otelhttp.NewTransport(in.transport, otelhttp.WithPropagators(plain))}
			require.NoError(t, api.call(userRequest(t), client))
			requireSession(t, in.arrived(t, api.host)[0])
		})
	}
}

// Nobody guards these clients: nothing of the session arrives.
func TestUnguardedClients(t *testing.T) {
	t.Parallel()
	for _, api := range llms {
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			in := newInternet(t)
			require.NoError(t, api.call(userRequest(t), &http.Client{Transport: otelhttp.NewTransport(in.transport)}))
			require.NoError(t, api.call(userRequest(t), &http.Client{Transport: in.transport}))
			for _, r := range in.arrived(t, api.host) {
				requireNoSession(t, r)
			}
			require.Equal(t, "tenant=nordlicht", in.arrived(t, api.host)[0].header.Get("baggage"))
		})
	}
}

// The Anthropic client writes the headers itself; a transport alone, without
// otelhttp, takes them off again.
func TestAnthropicWithoutOTelHTTP(t *testing.T) {
	t.Parallel()
	in := newInternet(t)
	client := &http.Client{Transport: baggage.NewTransport(in.transport, baggage.WithoutTraceContext())}
	require.NoError(t, llms[1].call(userRequest(t), client))
	r := in.arrived(t, anthropicHost)[0]
	requireNoSession(t, r)
	require.NotContains(t, r.header, "Traceparent")
}

// One client for everything: the session reaches the service of one's own and
// not the API of the model.
func TestSessionReachesOwnHostsOnly(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, api llm, at place) {
		in := newInternet(t)
		client := &http.Client{Transport: at.wrap(in.transport, baggage.WithTrustedHosts("*.internal.test"))}
		ctx := userRequest(t)

		get(t, ctx, client, "http://"+ownHost+"/")
		require.NoError(t, api.call(ctx, client))
		get(t, ctx, client, "http://"+ownHost+"/")

		for _, r := range in.arrived(t, ownHost) {
			if at.name == below.name {
				requireNoSession(t, r) // The mark comes too late; the error handler is told.
				continue
			}
			requireSession(t, r)
		}
		for _, r := range in.arrived(t, api.host) {
			requireNoSession(t, r)
			require.Equal(t, "tenant=nordlicht", r.header.Get("baggage"), "what others put there is theirs to withhold")
			require.NotEmpty(t, r.header.Get("traceparent"), "the trace goes on by default")
		}
	})
}

func TestStreamsAndRetries(t *testing.T) {
	t.Parallel()
	unwell := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After-Ms", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	stream := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if strings.HasSuffix(r.URL.Path, "/messages") {
			_, _ = io.WriteString(w, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
			return
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}
	forEach(t, func(t *testing.T, api llm, at place) {
		in := newInternet(t, unwell, stream)
		require.NoError(t, api.stream(userRequest(t), &http.Client{Transport: at.wrap(in.transport)}))
		require.Len(t, in.arrived(t, api.host), 2)
		for _, r := range in.arrived(t, api.host) {
			requireNoSession(t, r)
		}
	})
}

func TestWithoutBaggage(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, api llm, at place) {
		in := newInternet(t)
		client := &http.Client{Transport: at.wrap(in.transport, baggage.WithoutBaggage())}
		require.NoError(t, api.call(userRequest(t), client))
		for _, r := range in.arrived(t, api.host) {
			require.NotContains(t, r.header, "Baggage")
			require.NotEmpty(t, r.header.Get("traceparent"))
		}
	})
}

// The trace headers are stripped below otelhttp, which writes them; a call to a
// host of one's own is marked above it.
func TestWithoutTraceContext(t *testing.T) {
	t.Parallel()
	for _, api := range llms {
		t.Run(api.name, func(t *testing.T) {
			t.Parallel()
			in := newInternet(t)
			own := baggage.WithTrustedHosts(ownHost)
			client := &http.Client{Transport: baggage.NewTransport(
				below.wrap(in.transport, baggage.WithoutTraceContext(), baggage.WithoutBaggage(), own), own)}
			ctx := userRequest(t)
			require.NoError(t, api.call(ctx, client))
			get(t, ctx, client, "http://"+ownHost+"/")
			for _, r := range in.arrived(t, api.host) {
				requireNoSession(t, r)
				for _, name := range []string{"Baggage", "Traceparent", "Tracestate"} {
					require.NotContains(t, r.header, name)
				}
			}
			arrived := in.arrived(t, ownHost)[0]
			requireSession(t, arrived)
			require.NotEmpty(t, arrived.header.Get("traceparent"))
		})
	}
}

// A host of one's own sends the client elsewhere: the next host is judged anew,
// and so is the way back.
func TestRedirect(t *testing.T) {
	t.Parallel()
	to := func(target string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, target, http.StatusTemporaryRedirect)
		}
	}
	in := newInternet(t, to("http://elsewhere.test/a"), to("http://"+ownHost+"/b"))
	client := &http.Client{Transport: above.wrap(in.transport, baggage.WithTrustedHosts(ownHost))}
	get(t, userRequest(t), client, "http://"+ownHost+"/")
	own := in.arrived(t, ownHost)
	require.Len(t, own, 2)
	requireSession(t, own[0])
	requireSession(t, own[1])
	requireNoSession(t, in.arrived(t, "elsewhere.test")[0])
}

// A proxy copies the headers of the browser onto its own request.
func TestForwardedHeaders(t *testing.T) {
	t.Parallel()
	for _, at := range places {
		t.Run(at.name, func(t *testing.T) {
			t.Parallel()
			in := newInternet(t)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+openAIHost+"/v1/models", nil)
			require.NoError(t, err)
			req.Header.Set("X-POSTHOG-SESSION-ID", session.ID)
			req.Header.Set("X-POSTHOG-WINDOW-ID", session.WindowID)
			req.Header.Set("X-POSTHOG-DISTINCT-ID", session.DistinctID)
			req.Header.Add("baggage", "$session_id="+session.ID)
			req.Header.Add("baggage", "posthog.session_id="+session.ID+";x=y,tenant=nordlicht")
			sent := req.Header.Clone()
			resp, err := (&http.Client{Transport: at.wrap(in.transport)}).Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			requireNoSession(t, in.arrived(t, openAIHost)[0])
			require.Equal(t, sent, req.Header, "the request of the caller is as it was")
		})
	}
}

func get(t *testing.T, ctx context.Context, client *http.Client, url string) { //nolint:revive // t first, as in testing
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}
