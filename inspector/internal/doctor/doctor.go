// Package doctor sends requests of a made-up browser to an endpoint and says, hop
// by hop, what of them came to the inspector.
package doctor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/otelposthog/otelposthog-go/inspector/internal/explain"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// Check is what to ask.
type Check struct {
	URL    string
	Method string // POST when empty
	Body   string
	Header http.Header
	// Wait is how long to wait for spans; batch processors hold them for 5 s.
	Wait time.Duration
	// Look returns what the inspector has.
	Look func(context.Context) (store.Snapshot, error)
	// LLM is the stand-in for an LLM API, nil without one.
	LLM *LLM
}

// Grade is how a probe went.
type Grade string

// The grades. Unclear is no failure: what arrived does not say.
const (
	Pass    Grade = "pass"
	Fail    Grade = "fail"
	Unclear Grade = "unclear"
)

// Result is one line of the report.
type Result struct {
	Name   string `json:"name"`
	About  string `json:"about"`
	Grade  Grade  `json:"grade"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
	// Session is the id that was sent, TraceID the trace to look at.
	Session string        `json:"session_id,omitempty"`
	TraceID string        `json:"trace_id,omitempty"`
	Status  int           `json:"status,omitempty"`
	Hops    []explain.Hop `json:"hops,omitempty"`
}

// Report is the answer of the doctor.
type Report struct {
	URL     string   `json:"url"`
	OK      bool     `json:"ok"`
	Results []Result `json:"results"`
}

const pollEvery = 200 * time.Millisecond

// Run sends the probes and reports. The error is for what keeps it from asking at
// all.
func Run(ctx context.Context, c Check) (Report, error) {
	probes := newProbes()
	client := &http.Client{Timeout: 60 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reached := false
	for _, p := range probes {
		c.send(ctx, client, p)
		reached = reached || p.err == nil
	}
	if !reached {
		return Report{}, fmt.Errorf("%s does not answer: %w", c.URL, probes[0].err)
	}
	snap, err := c.await(ctx, probes)
	if err != nil {
		return Report{}, err
	}
	report := Report{URL: c.URL}
	world := explain.NewWorld(snap)
	for _, p := range probes {
		report.Results = append(report.Results, p.judge(snap, world))
	}
	if c.LLM != nil {
		report.Results = append(report.Results, c.LLM.result())
	}
	report.OK = !slices.ContainsFunc(report.Results, func(r Result) bool { return r.Grade == Fail })
	return report, nil
}

func (c Check) send(ctx context.Context, client *http.Client, p *probe) {
	method := p.method
	if method == "" {
		method = c.Method
	}
	if method == "" {
		method = http.MethodPost
	}
	body := c.Body
	if method == http.MethodOptions || method == http.MethodGet {
		body = ""
	}
	req, err := http.NewRequestWithContext(ctx, method, c.URL, strings.NewReader(body))
	if err != nil {
		p.err = err
		return
	}
	for name, values := range c.Header {
		req.Header[name] = values
	}
	for name, values := range p.header {
		req.Header[name] = values
	}
	if body != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(req)
	if err != nil {
		p.err = err
		return
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.CopyN(io.Discard, resp.Body, 16<<20) // a stream is read to its end: its span ends there
	p.status, p.answer = resp.StatusCode, resp.Header
}

// await polls until every probe has an AI event, or the time is over.
func (c Check) await(ctx context.Context, probes []*probe) (store.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var snap store.Snapshot
	for {
		next, err := c.Look(ctx)
		switch {
		case err == nil:
			snap = next
		case ctx.Err() == nil:
			return snap, fmt.Errorf("asking the inspector: %w", err)
		}
		if err == nil && !slices.ContainsFunc(probes, func(p *probe) bool { return p.waiting(snap) }) {
			return snap, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return snap, nil // with what there is
		}
	}
}

func (p *probe) waiting(snap store.Snapshot) bool {
	return p.method == "" && p.err == nil && len(p.events(snap)) == 0
}

// trace finds what came of a probe: by the trace id that it sent or, where the
// service starts traces of its own, by the session.
func (p *probe) trace(snap store.Snapshot) (store.Trace, bool) {
	for _, t := range snap.Traces {
		if t.ID == p.traceID {
			return t, true
		}
	}
	for _, t := range snap.Traces {
		if p.session != "" && slices.ContainsFunc(t.Events, func(e *store.Event) bool { return e.SessionID == p.session }) {
			return t, true
		}
	}
	return store.Trace{}, false
}

func (p *probe) events(snap store.Snapshot) []*store.Event {
	t, _ := p.trace(snap)
	return slices.DeleteFunc(slices.Clone(t.Events), func(e *store.Event) bool { return !e.IsAI() })
}
