package posthogtest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/posthog/posthog-go"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

func Example() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	client, err := posthog.NewWithConfig("phc_any_key", posthog.Config{Endpoint: srv.URL})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = client.Enqueue(posthog.Capture{
		Event:      "$ai_generation",
		DistinctId: "ada",
		Properties: posthog.NewProperties().Set("$session_id", "0190a7c2-0000-7000-8000-000000000001").Set("$ai_input_tokens", 12),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := client.Close(); err != nil { // sends what is queued
		fmt.Println(err)
		return
	}

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	events, err := srv.Wait(ctx, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(events[0].Name, events[0].DistinctID, events[0].Properties["$session_id"])
	fmt.Println(events[0].Properties["$ai_input_tokens"])
	// Output:
	// $ai_generation ada 0190a7c2-0000-7000-8000-000000000001
	// 12
}

// capture posts a body and prints how that went.
func capture(srv *posthogtest.Server, path, body string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, srv.URL+path, strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := srv.Client().Do(req)
	if err != nil {
		fmt.Println("no answer")
		return
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Println(resp.StatusCode)
}

const oneSpan = `{"api_key": "phc_any_key", "batch": [{"event": "$ai_span", "distinct_id": "ada",
	"uuid": "0190a7c2-0000-7000-8000-000000000001", "timestamp": "2026-03-01T12:00:00Z", "properties": {"$ai_span_name": "plan"}}]}`

func ExampleEvent_String() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	capture(srv, "/batch/", oneSpan)
	fmt.Println(srv.Events()[0])
	// Output:
	// 200
	// {"event":"$ai_span","uuid":"0190a7c2-0000-7000-8000-000000000001","distinct_id":"ada","timestamp":"2026-03-01T12:00:00Z","properties":{"$ai_span_name":"plan"}}
}

func ExampleWithFaults() {
	srv := posthogtest.NewServer(posthogtest.WithFaults(
		posthogtest.Status(503).RetryAfter("1"),
		posthogtest.DropAfterStore(),
	))
	defer srv.Close()

	capture(srv, "/batch/", oneSpan)
	capture(srv, "/batch/", oneSpan)
	capture(srv, "/batch/", oneSpan)
	fmt.Println(srv.Stored())
	fmt.Println(len(srv.Events()), "copies,", len(srv.Deduplicated()), "event")
	// Output:
	// 503
	// no answer
	// 200
	// map[0190a7c2-0000-7000-8000-000000000001:2]
	// 2 copies, 1 event
}

func ExampleServer_SetFaults() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	srv.SetFaults(slices.Repeat([]posthogtest.Fault{posthogtest.Status(503)}, 2)...)
	for srv.FaultsLeft() > 0 {
		capture(srv, "/batch/", oneSpan)
	}
	capture(srv, "/batch/", oneSpan)
	// Output:
	// 503
	// 503
	// 200
}

func ExampleServer_SetFaultFunc() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	srv.SetFaultFunc(func(r posthogtest.Request) posthogtest.Fault {
		if r.Path == "/i/v0/ai/batch/" {
			return posthogtest.Status(503) // this path is down
		}
		return posthogtest.Fault{}
	})
	capture(srv, "/i/v0/ai/batch/", oneSpan)
	capture(srv, "/batch/", oneSpan)
	// Output:
	// 503
	// 200
}

func ExampleServer_Stop() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	srv.Stop()
	capture(srv, "/batch/", oneSpan)
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	capture(srv, "/batch/", oneSpan)
	// Output:
	// no answer
	// 200
}

func ExampleServer_Requests() {
	srv := posthogtest.NewServer()
	defer srv.Close()

	capture(srv, "/batch/", `{"api_key": "phc_any_key", "batch": [{"event": "$ai_span"}]}`)
	for _, r := range srv.Requests() {
		fmt.Println(r.Method, r.Path, r.Status, r.Stored, r.Error)
	}
	// Output:
	// 400
	// POST /batch/ 400 0 400 event 0: distinct_id is missing
}
