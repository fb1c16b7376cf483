package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// config is what flags and environment say.
type config struct {
	addr        string
	llm         llmConfig // an empty apiKey: the fake answers
	posthogKey  string    // empty: the stand-in receives
	posthogHost string
	// inspect lets the inspector take the place of PostHog, on inspectorAddr.
	inspect       bool
	inspectorAddr string
	log           *log.Logger
}

type llmConfig struct{ apiKey, baseURL, model string }

func configFromEnv(getenv func(string) string) (config, error) {
	cfg := config{
		llm: llmConfig{
			apiKey:  getenv("OPENAI_API_KEY"),
			baseURL: orDefault(getenv("OPENAI_BASE_URL"), "https://api.openai.com/v1/"),
			model:   orDefault(getenv("OPENAI_MODEL"), "gpt-5-mini"),
		},
		posthogKey:  strings.TrimSpace(getenv("POSTHOG_API_KEY")),
		posthogHost: strings.TrimSuffix(orDefault(getenv("POSTHOG_HOST"), "https://us.i.posthog.com"), "/"),
	}
	// The page gets the key, as every page with posthog-js does. That is what
	// project keys are for, and what personal keys must never be used for.
	if strings.HasPrefix(cfg.posthogKey, "phx_") {
		return config{}, errors.New("POSTHOG_API_KEY is a personal API key; use the project API key, which begins with phc_")
	}
	return cfg, nil
}

// app is the whole demonstration: two services, and stand-ins for whatever is
// not configured.
type app struct {
	gateway, assistant *telemetry

	url       string              // of the page
	llm       *fakeLLM            // nil with a real LLM
	posthog   *posthogtest.Server // what -once looks at; nil with a real PostHog
	inspector *inspector          // what a person looks at; nil with a real PostHog
	cfg       config

	servers []*http.Server // in the order of shutdown
	failed  chan error     // a server that stopped by itself
}

// start wires everything up. On an error nothing is left running.
func start(cfg config) (_ *app, err error) {
	a := &app{cfg: cfg, failed: make(chan error, 3)}
	defer func() {
		if err != nil {
			_ = a.shutdown(context.Background())
		}
	}()

	apiKey, host := cfg.posthogKey, cfg.posthogHost
	switch {
	case apiKey != "":
	case cfg.inspect:
		if a.inspector, err = a.inspect(cfg.inspectorAddr); err != nil {
			return nil, err
		}
		apiKey, host = localKey, a.inspector.url
	default:
		a.posthog = posthogtest.NewServer()
		apiKey, host = localKey, a.posthog.URL
	}
	if a.gateway, err = newTelemetry("gateway", apiKey, host); err != nil {
		return nil, err
	}
	if a.assistant, err = newTelemetry("assistant", apiKey, host); err != nil {
		return nil, err
	}

	if a.inspector != nil {
		// Beside the events, the spans of all services: they show the way.
		if err := a.inspector.trace(a.gateway, a.assistant); err != nil {
			return nil, err
		}
	}

	llm := cfg.llm
	if llm.apiKey == "" {
		a.llm = &fakeLLM{}
		llmURL, err := a.serve("127.0.0.1:0", a.llm)
		if err != nil {
			return nil, err
		}
		llm.apiKey, llm.baseURL = "none", llmURL.JoinPath("v1").String()
	}

	assistantURL, err := a.serve("127.0.0.1:0", a.assistant.handler("assistant", newAssistant(a.assistant, llm)))
	if err != nil {
		return nil, err
	}

	// The gateway lets the session out to the assistant, by name.
	gw := &gateway{assistantURL: assistantURL.String(), client: a.gateway.client(assistantURL.Hostname())}
	mux := http.NewServeMux()
	mux.Handle("POST /api/chat", a.gateway.edge("gateway", gw))
	mux.Handle("POST /api/feedback", a.gateway.edge("feedback", http.HandlerFunc(a.gateway.serveFeedback)))
	mux.HandleFunc("GET /{$}", a.servePage)
	mux.HandleFunc("GET /api/llm", a.serveLLM)
	pageURL, err := a.serve(cfg.addr, mux)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address with -addr", err)
	}
	a.url = pageURL.String()
	return a, nil
}

// serve starts a server and returns its URL.
func (a *app) serve(addr string, handler http.Handler) (*url.URL, error) {
	ln, err := net.Listen("tcp", addr) //nolint:noctx // returns at once
	if err != nil {
		return nil, err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: a.cfg.log}
	a.servers = append([]*http.Server{srv}, a.servers...)
	go func() {
		if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- err
		}
	}()
	return &url.URL{Scheme: "http", Host: ln.Addr().String()}, nil
}

// flush sends what the batch processors hold, and waits until PostHog has it.
func (a *app) flush(ctx context.Context) error {
	return errors.Join(a.gateway.provider.ForceFlush(ctx), a.assistant.provider.ForceFlush(ctx))
}

// shutdown stops the servers from the outside in, then flushes. What was not
// started is skipped.
func (a *app) shutdown(ctx context.Context) error {
	var errs []error
	for _, srv := range a.servers {
		errs = append(errs, srv.Shutdown(ctx))
	}
	for _, t := range []*telemetry{a.gateway, a.assistant} {
		if t == nil {
			continue
		}
		if err := t.provider.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("the last events may not have reached PostHog: %w", err))
		}
	}
	if a.posthog != nil {
		a.posthog.Close()
	}
	if a.inspector != nil {
		errs = append(errs, a.inspector.close(ctx))
	}
	return errors.Join(errs...)
}

func (a *app) greeting() string {
	llm := "a fake, embedded (set OPENAI_API_KEY for a real one)"
	if a.llm == nil {
		llm = a.cfg.llm.baseURL + ", model " + a.cfg.llm.model
	}
	posthog := a.cfg.posthogHost
	if a.inspector != nil {
		posthog = a.inspector.url + ", the inspector (set POSTHOG_API_KEY for a real one)"
	}
	return fmt.Sprintf("Page     %s\nLLM API  %s\nPostHog  %s\n\nAsk something on the page; Ctrl-C ends.\n\n", a.url, llm, posthog)
}

func orDefault(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
