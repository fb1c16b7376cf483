package capture_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/exporter/internal/capture"
	"github.com/otelposthog/otelposthog-go/exporter/internal/event"
	"github.com/otelposthog/otelposthog-go/exporter/internal/outcome"
	"github.com/otelposthog/otelposthog-go/internal/prop"
	"github.com/otelposthog/otelposthog-go/posthogtest"
	"github.com/otelposthog/otelposthog-go/semconv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "phc_testkey0123456789"

// newServer returns a server that plays faults and checks, at the end, that all
// of them were played.
func newServer(t *testing.T, opts ...posthogtest.Option) *posthogtest.Server {
	t.Helper()
	srv := posthogtest.NewServer(append([]posthogtest.Option{posthogtest.WithAPIKey(testKey)}, opts...)...)
	t.Cleanup(func() {
		srv.Close()
		require.Zero(t, srv.FaultsLeft(), "faults that were not played")
	})
	return srv
}

func newClient(t *testing.T, srv *posthogtest.Server, change func(*capture.Config)) *capture.Client {
	t.Helper()
	host, err := url.Parse(srv.URL)
	require.NoError(t, err)
	cfg := capture.Config{
		Host:        host,
		APIKey:      testKey,
		Mode:        capture.Auto,
		Compression: capture.Gzip,
		HTTP:        srv.Client(),
		// So long that no machine is too slow: a request that is given up is made twice.
		Timeout: time.Hour,
		Retry:   capture.Retry{Initial: time.Millisecond, Max: 5 * time.Millisecond, MaxElapsed: time.Hour},
		SDK:     "otelposthog-go/test",
	}
	if change != nil {
		change(&cfg)
	}
	return capture.New(cfg)
}

// newEvent returns a generation, the same for the same number.
func newEvent(n int, size int) event.Event {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	return event.Event{
		Name:       semconv.EventGeneration,
		DistinctID: "somebody",
		UUID:       id,
		Time:       time.Date(2026, 7, 1, 12, 0, 0, n, time.UTC),
		Properties: []prop.Property{
			prop.String(semconv.PropertyTraceID, "0123456789abcdef0123456789abcdef"),
			prop.String(string(semconv.SessionIDKey), "0197c2a0-0000-7000-8000-000000000000"),
			prop.String(semconv.PropertyModel, "gpt-5"),
			prop.Any(semconv.PropertyInputTokens, attribute.Int64Value(int64(n))),
			prop.Any(semconv.PropertyProcessPersonProfile, attribute.BoolValue(false)),
			prop.Doc(semconv.PropertyInput, `[{"role":"user","content":"`+strings.Repeat("x", size)+`"}]`),
		},
	}
}

func newEvents(n, size int) []event.Event {
	events := make([]event.Event, n)
	for i := range events {
		events[i] = newEvent(i, size)
	}
	return events
}

// requireBalanced checks that every event is either stored once or lost once.
func requireBalanced(t *testing.T, srv *posthogtest.Server, events []event.Event, report outcome.Report) {
	t.Helper()
	require.Equal(t, len(events), report.Stored+len(report.Lost))
	stored := srv.Stored()
	lost := make(map[string]bool)
	for _, loss := range report.Lost {
		id := events[loss.Event].UUID.String()
		require.False(t, lost[id], "lost twice")
		lost[id] = true
		require.NotEmpty(t, loss.Reason)
	}
	for i := range events {
		id := events[i].UUID.String()
		want := 1
		if lost[id] {
			want = 0
		}
		require.Equal(t, want, stored[id], "copies of event %d", i)
	}
	n := 0
	for _, cause := range report.Causes {
		require.Error(t, cause.Err)
		n += cause.Count
	}
	require.Equal(t, len(report.Lost), n)
}

// errOf is the most frequent cause of a loss.
func errOf(report outcome.Report) error {
	report.SortCauses()
	if len(report.Causes) == 0 {
		return nil
	}
	return report.Causes[0].Err
}

func statusOf(report outcome.Report) int {
	report.SortCauses()
	if len(report.Causes) == 0 {
		return report.StatusCode
	}
	return report.Causes[0].StatusCode
}

func TestSend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		mode        capture.Mode
		compression capture.Compression
		path        string
	}{
		{"batch gzip", capture.Batch, capture.Gzip, "/batch/"},
		{"batch plain", capture.Batch, capture.None, "/batch/"},
		{"auto is batch on a foreign host", capture.Auto, capture.Gzip, "/batch/"},
		{"ai gzip", capture.AI, capture.Gzip, "/i/v0/ai/batch/"},
		{"v1 zstd", capture.V1, capture.Zstd, "/i/v1/ai/events"},
		{"v1 gzip", capture.V1, capture.Gzip, "/i/v1/ai/events"},
		{"v1 plain", capture.V1, capture.None, "/i/v1/ai/events"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			client := newClient(t, srv, func(c *capture.Config) { c.Mode, c.Compression = tt.mode, tt.compression })
			events := newEvents(20, 1000)

			report := client.Send(t.Context(), events)

			requireBalanced(t, srv, events, report)
			require.Equal(t, 20, report.Stored)
			requests := srv.Requests()
			require.Equal(t, 1, len(requests))
			require.Equal(t, tt.path, requests[0].Path)
			require.EqualValues(t, requests[0].PlainBytes, report.PlainBytes)
			require.EqualValues(t, requests[0].WireBytes, report.WireBytes)
			require.WithinDuration(t, time.Now(), requests[0].SentAt, time.Minute)
			for i, e := range srv.Events() {
				require.Equal(t, events[i].UUID.String(), e.UUID)
				require.True(t, events[i].Time.Equal(e.Timestamp))
				require.Equal(t, "somebody", e.DistinctID)
				require.Equal(t, "0197c2a0-0000-7000-8000-000000000000", e.Properties["$session_id"])
				require.Equal(t, false, e.Properties["$process_person_profile"])
				tokens, ok := e.Int("$ai_input_tokens")
				require.True(t, ok)
				require.EqualValues(t, i, tokens)
			}
		})
	}
}

// textOf returns a conversation of about size bytes that compresses like prose.
func textOf(size, seed int) attribute.Value {
	words := strings.Fields("the quick brown fox answers a question about session replay, tokens and cost in a trace that nobody had looked at before; then it asks for a tool call and waits")
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	var b strings.Builder
	b.WriteString(`[{"role":"user","content":"`)
	for b.Len() < size {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(' ')
	}
	b.WriteString(`"}]`)
	return attribute.StringValue(b.String())
}
