package exporter_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/posthog/posthog-go"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// TestExportError shows what a caller learns: which spans are worth another
// export, how long to wait, and what it was.
func TestExportError(t *testing.T) {
	t.Parallel()
	result := func(odd, last posthogtest.EventResult) posthogtest.Fault {
		return posthogtest.PartialV1(func(e posthogtest.Event) posthogtest.EventResult {
			switch n, _ := e.Int("$ai_input_tokens"); {
			case n >= 8:
				return last
			case n%2 == 1:
				return odd
			}
			return posthogtest.EventResult{}
		})
	}
	for _, tt := range []struct {
		name  string
		mode  exporter.CaptureMode
		fault posthogtest.Fault
		want  exporter.ExportError
		text  string
	}{
		{
			name: "one reason", mode: exporter.CaptureBatch, fault: posthogtest.Status(401),
			want: exporter.ExportError{Lost: 10, Reasons: []exporter.LossReason{{"unauthorized", 10}}, Final: []int{0, 1, 3, 4, 5, 6, 7, 8, 9, 10}, StatusCode: 401},
			text: "otelposthog: 10 of 10 events not stored (unauthorized 10): %s/batch/ answered 401 Unauthorized (Unauthorized); check the project API key (phc_...) and that it belongs to the region of WithHost",
		},
		{
			name: "all may be tried again", mode: exporter.CaptureBatch, fault: posthogtest.Status(503).RetryAfter("7"),
			want: exporter.ExportError{Lost: 10, Reasons: []exporter.LossReason{{"unavailable", 10}}, Retry: []int{0, 1, 3, 4, 5, 6, 7, 8, 9, 10}, RetryAfter: 7 * time.Second, StatusCode: 503},
			text: "otelposthog: 10 of 10 events not stored (unavailable 10): %s/batch/ answered 503 Service Unavailable (Service Unavailable)",
		},
		{
			name: "some final, some not", mode: exporter.CaptureV1,
			fault: result(posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: "llm_events_over_quota"}, posthogtest.EventResult{Result: posthogtest.ResultRetry}),
			want:  exporter.ExportError{Stored: 4, Lost: 6, Reasons: []exporter.LossReason{{"llm_events_over_quota", 4}, {"unavailable", 2}}, Retry: []int{9, 10}, Final: []int{1, 4, 6, 8}, StatusCode: 200},
			text:  "otelposthog: 6 of 10 events not stored (llm_events_over_quota 4, unavailable 2): %[1]s/i/v1/ai/events dropped an event: llm_events_over_quota; %[1]s/i/v1/ai/events asks to send 2 events again",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, posthogtest.WithFaults(tt.fault))
			exp := newExporter(t, srv, exporter.WithCaptureMode(tt.mode), exporter.WithoutRetry())
			// The span that is no AI span does not shift the indices.
			spans := slices.Insert(newSpans(10), 2, notAI(99))

			err := exp.ExportSpans(t.Context(), spans)

			got, ok := errors.AsType[*exporter.ExportError](err)
			require.True(t, ok)
			require.EqualError(t, err, fmt.Sprintf(tt.text, srv.URL))
			require.Equal(t, tt.want.Stored, got.Stored)
			require.Equal(t, tt.want.Lost, got.Lost)
			require.Equal(t, tt.want.Reasons, got.Reasons)
			require.Equal(t, tt.want.Retry, got.Retry)
			require.Equal(t, tt.want.Final, got.Final)
			require.Equal(t, len(tt.want.Retry) > 0, got.Retryable())
			require.Equal(t, tt.want.RetryAfter, got.RetryAfter)
			require.Equal(t, tt.want.StatusCode, got.StatusCode)

			// A caller that does what it says stores the rest, and nothing twice.
			var again []sdktrace.ReadOnlySpan
			for _, i := range got.Retry {
				again = append(again, spans[i])
			}
			require.NoError(t, exp.ExportSpans(t.Context(), again))
			require.Equal(t, got.Stored+len(again), len(srv.Events()))
			require.Equal(t, got.Stored+len(again), len(srv.Stored()))
		})
	}
}

// TestAFullQueueIsNoNotice: it is how posthog-go works, and the caller has the
// error when it stays full.
func TestAFullQueueIsNoNotice(t *testing.T) {
	t.Parallel()
	reason := uuid.NewString()
	exp, err := exporter.NewWithClient(&stuckClient{err: fmt.Errorf("%s: %w", reason, posthog.ErrQueueFull)}, exporter.WithoutRetry())
	require.NoError(t, err)
	require.ErrorContains(t, exp.ExportSpans(t.Context(), newSpans(3)), reason)
	require.NoError(t, exp.Shutdown(t.Context()))
	require.Empty(t, handled.about(reason))
}

// TestSecrets greps everything that leaves an exporter but its requests, over
// all kinds of faults.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const user, password = "joe-user", "hunter2?"
	echo := func(f posthogtest.Fault) posthogtest.Fault {
		said := fmt.Sprintf("bad key %s, %s:%s, https://%s:%s@host Basic am9lLXVzZXI6aHVudGVyMj8=", testKey, user, password, user, "hunter2%3F")
		return f.Body(said).Header("Location", "https://"+user+":hunter2%3F@"+testKey+".example/"+testKey)
	}
	var faults []posthogtest.Fault
	for status := 200; status < 600; status++ {
		if status != 204 && status != 304 {
			faults = append(faults, echo(posthogtest.Status(status)))
		}
	}
	faults = append(faults, posthogtest.ResetConnection(), posthogtest.DropAfterStore(), posthogtest.TruncateResponse(),
		echo(posthogtest.TruncateResponse()), posthogtest.QuotaLimited(), echo(posthogtest.Fault{}), echo(posthogtest.HugeResponse(1<<20)),
		posthogtest.Status(503).RetryAfter(testKey),
		posthogtest.PartialV1(func(posthogtest.Event) posthogtest.EventResult {
			return posthogtest.EventResult{Result: posthogtest.ResultDrop, Details: testKey}
		}))
	for _, mode := range []exporter.CaptureMode{exporter.CaptureBatch, exporter.CaptureV1} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, posthogtest.WithFaults(faults...))
			host := srv.URL
			if mode != exporter.CaptureV1 {
				host = "http://" + user + ":hunter2%3F@" + srv.URL[len("http://"):]
			}
			reader, metrics := newMeter()
			exp := newExporter(t, srv, exporter.WithHost(host), exporter.WithCaptureMode(mode), exporter.WithoutRetry(), metrics)
			secrets := []string{testKey, testKey[4:]}
			if mode != exporter.CaptureV1 { // which cannot have them
				secrets = append(secrets, user, password, "hunter2", "am9lLXVzZXI6aHVudGVyMj8")
			}
			clean := func(what string) {
				for _, secret := range secrets {
					require.NotContains(t, what, secret)
				}
			}
			failed := 0
			for range faults {
				if err := exp.ExportSpans(t.Context(), newSpans(1)); err != nil {
					failed++
					clean(fmt.Sprintf("%v %+v %q", err, err, err))
					e, ok := errors.AsType[*exporter.ExportError](err)
					require.True(t, ok)
					for _, cause := range e.Unwrap() {
						for ; cause != nil; cause = errors.Unwrap(cause) {
							clean(fmt.Sprintf("%v %+v %q", cause, cause, cause))
						}
					}
				}
			}
			require.Greater(t, failed, 390)
			srv.Stop()
			clean(exp.ExportSpans(t.Context(), newSpans(1)).Error())
			clean(fmt.Sprintf("%v %+v", exp.MarshalLog(), exp.MarshalLog()))
			clean(fmt.Sprintf("%v %+v %#v", exp, exp, exp))
			clean(fmt.Sprint(reader.collect(t)))
			require.NoError(t, exp.Shutdown(t.Context()))
			for _, text := range handled.about(srv.URL) {
				clean(text)
			}
		})
	}
}
