package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/examples/internal/selfcheck"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/processor"
)

// sendSession puts a browser session on a request, as some browser would.
type sendSession func(http.Header, baggage.Session)

// posthogHeaders is what posthog-js adds to fetch with tracing_headers.
func posthogHeaders(h http.Header, s baggage.Session) {
	h.Set("X-POSTHOG-SESSION-ID", s.ID)
	h.Set("X-POSTHOG-WINDOW-ID", s.WindowID)
	h.Set("X-POSTHOG-DISTINCT-ID", s.DistinctID)
}

// baggageHeader is what a page with OpenTelemetry for browsers sends.
func baggageHeader(h http.Header, s baggage.Session) {
	h.Set("baggage", strings.Join([]string{
		"session.id=" + url.PathEscape(s.ID),
		"posthog.window_id=" + url.PathEscape(s.WindowID),
		"posthog.distinct_id=" + url.PathEscape(s.DistinctID),
	}, ","))
}

// once starts everything, plays one request of a browser, stops everything, and
// returns the events. The error says whether the way of the session held.
func once(ctx context.Context, cfg config, send sendSession) (_ []posthogtest.Event, err error) {
	a, err := start(cfg)
	if err != nil {
		return nil, err
	}
	seen := a.posthog
	if seen == nil {
		// A real PostHog does not tell what it got: listen beside it.
		if seen, err = a.listenBeside(); err != nil {
			return nil, errors.Join(err, a.shutdown(ctx))
		}
		defer seen.Close()
	}
	session := baggage.Session{
		ID:         uuid.Must(uuid.NewV7()).String(),
		WindowID:   uuid.Must(uuid.NewV7()).String(),
		DistinctID: "visitor-" + uuid.NewString(),
	}
	cfg.log.Printf("browser session %s", session.ID)

	answer, err := askAsBrowser(ctx, a.url, session, send)
	if err == nil {
		cfg.log.Printf("answer in trace %s: %s", answer.TraceID, answer.Answer)
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := errors.Join(err, a.shutdown(stop)); err != nil {
		return seen.Events(), err
	}
	events := seen.Events()
	if err := selfcheck.Events(events, session.ID); err != nil {
		return events, err
	}
	if a.llm == nil {
		cfg.log.Print("the LLM API is a real one: what it saw of the session cannot be checked")
	} else if leaks := a.llm.leaks(session.ID, session.WindowID, session.DistinctID); len(leaks) > 0 {
		return events, errors.New(strings.Join(leaks, "\n"))
	}
	cfg.log.Printf("%d events carry the session, in one trace, with resolved parents", len(events))
	return events, nil
}

// listenBeside gives both services a second way out, to a stand-in.
func (a *app) listenBeside() (*posthogtest.Server, error) {
	srv := posthogtest.NewServer()
	for _, t := range []*telemetry{a.gateway, a.assistant} {
		exp, err := exporter.New("phc_stand_in", exporter.WithHost(srv.URL))
		if err != nil {
			srv.Close()
			return nil, err
		}
		t.provider.RegisterSpanProcessor(processor.New(sdktrace.NewBatchSpanProcessor(exp)))
	}
	return srv, nil
}

func askAsBrowser(ctx context.Context, pageURL string, session baggage.Session, send sendSession) (reply, error) {
	const body = `{"id":"once","messages":[{"role":"user","content":"Where is my order 1042?"}]}`
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, pageURL+"/api/chat", strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	send(req.Header, session)
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return reply{}, fmt.Errorf("the gateway answered %s: %s", resp.Status, text)
	}
	var answer reply
	if err := json.Unmarshal(text, &answer); err != nil {
		return reply{}, fmt.Errorf("reading the gateway's answer: %w", err)
	}
	return answer, nil
}
