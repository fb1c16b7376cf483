package exporter_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// soakTime is short in an ordinary test run; "make soak" sets SOAK to two
// minutes.
func soakTime(t *testing.T) time.Duration {
	text := os.Getenv("SOAK")
	switch {
	case text == "" && attack:
		return 2 * time.Minute
	case text == "":
		return 2 * time.Second
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err, "SOAK")
	return d
}

// TestSoak has many producers, random faults and a server that goes away now and
// then. In the end every span is stored or reported as lost, what was stored
// twice because the answer went missing is the same event, and the memory is what
// it was.
func TestSoak(t *testing.T) {
	modes := []exporter.CaptureMode{exporter.CaptureAI, exporter.CaptureV1}
	each := soakTime(t) / time.Duration(len(modes))
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) { runSoak(t, mode, each) })
	}
}

func runSoak(t *testing.T, mode exporter.CaptureMode, soak time.Duration) {
	srv := newServer(t, posthogtest.WithFaultFunc(randomFault))
	reader, metrics := newMeter()
	exp := newExporter(t, srv, metrics, exporter.WithCaptureMode(mode),
		exporter.WithTimeout(100*time.Millisecond), exporter.WithMaxEventBytes(50_000),
		exporter.WithRetry(exporter.RetryConfig{InitialInterval: 2 * time.Millisecond, MaxInterval: 50 * time.Millisecond, MaxElapsedTime: 300 * time.Millisecond}))
	ctx, cancel := context.WithTimeout(t.Context(), soak)
	defer cancel()
	// All at once, so that the ledger does not look like a leak.
	l := ledger{spans: make([]account, int(soak.Seconds())*20_000+50_000)}

	var producers, others sync.WaitGroup
	for range 6 {
		producers.Go(func() {
			for ctx.Err() == nil {
				l.produce(t, exp)
			}
		})
	}
	others.Go(func() {
		for sleep(ctx, soak/10) {
			srv.Stop()
			sleep(ctx, 100*time.Millisecond)
			if err := srv.Start(); err != nil {
				t.Error(err)
			}
		}
	})
	var heap []uint64
	others.Go(func() {
		for sleep(ctx, soak/20) {
			l.collect(srv.Reset())
			heap = append(heap, heapInUse())
		}
	})
	producers.Wait()
	others.Wait()
	require.NoError(t, exp.Shutdown(t.Context()))
	srv.Stop()
	l.collect(srv.Reset())

	l.requireBalanced(t, reader.collect(t))
	if soak >= 30*time.Second { // before that the pools are still filling
		early, late := heap[len(heap)/4:len(heap)/2], heap[len(heap)/2:]
		require.Less(t, slices.Max(late), slices.Max(early)+slices.Max(early)/2, "the heap grows: %d", heap)
	}
}

// randomFault leaves most requests alone.
func randomFault(posthogtest.Request) posthogtest.Fault {
	switch rand.IntN(30) {
	case 0:
		return posthogtest.Status([]int{408, 500, 502, 503, 504}[rand.IntN(5)])
	case 1:
		return posthogtest.Status(429).RetryAfter("0")
	case 2:
		return posthogtest.ResetConnection()
	case 3:
		return posthogtest.DropAfterStore()
	case 4:
		return posthogtest.TruncateResponse()
	case 5:
		return posthogtest.SlowHeaders(150 * time.Millisecond)
	case 6:
		return posthogtest.SlowBody(10 * time.Millisecond)
	case 7:
		return posthogtest.QuotaLimited()
	case 8:
		return posthogtest.Status(400)
	case 9:
		return posthogtest.Status(413)
	case 10:
		return posthogtest.Status(401)
	case 11:
		return posthogtest.HugeResponse(2 << 20)
	case 12:
		return posthogtest.PartialV1(func(posthogtest.Event) posthogtest.EventResult {
			return posthogtest.EventResult{Result: []string{"ok", "warning", "retry", "drop"}[rand.IntN(4)]}
		})
	}
	return posthogtest.Fault{}
}

// account is what is known of one span.
type account struct {
	stored  bool // says the exporter
	lost    bool // says the exporter
	copies  int  // at the server
	changed bool // they are not the same event to PostHog
	uuid    uuid.UUID
}

// ledger has an account for every span, which carries its number as input
// tokens.
type ledger struct {
	next         atomic.Int64
	exported     atomic.Int64 // events, those that were exported again included
	stored, lost atomic.Int64

	mu    sync.Mutex
	spans []account
}

// produce makes some spans and exports them, what may be tried again up to three
// times.
func (l *ledger) produce(t *testing.T, exp *exporter.Exporter) {
	n := 1 + rand.IntN(40)
	first := int(l.next.Add(int64(n))) - n
	numbers := make([]int, n)
	stubs := make(tracetest.SpanStubs, n)
	for i := range stubs {
		numbers[i] = first + i
		stubs[i] = newSpan(first + i)
		if rand.IntN(50) == 0 {
			stubs[i].Attributes = append(stubs[i].Attributes, attribute.String("app.text", strings.Repeat("many words ", 10_000)))
		}
	}
	spans := stubs.Snapshots()
	for range 3 {
		l.exported.Add(int64(len(spans)))
		err := exp.ExportSpans(context.Background(), spans)
		var e *exporter.ExportError
		switch {
		case err == nil:
			e = new(exporter.ExportError)
			e.Stored = len(spans)
		case !errors.As(err, &e) || e.Stored+e.Lost != len(spans) || e.Lost != len(e.Retry)+len(e.Final):
			t.Errorf("an error without a ledger: %v", err)
			return
		}
		l.enter(numbers, e)
		if len(e.Retry) == 0 {
			return
		}
		var nextNumbers []int
		var nextSpans []sdktrace.ReadOnlySpan
		for _, i := range e.Retry {
			nextNumbers, nextSpans = append(nextNumbers, numbers[i]), append(nextSpans, spans[i])
		}
		numbers, spans = nextNumbers, nextSpans
	}
}

func (l *ledger) enter(numbers []int, e *exporter.ExportError) {
	l.stored.Add(int64(e.Stored))
	l.lost.Add(int64(e.Lost))
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, n := range numbers {
		lost := slices.Contains(e.Retry, i) || slices.Contains(e.Final, i)
		a := l.account(n)
		a.lost, a.stored = lost, !lost
	}
}

// account returns the account of a span. The caller holds the lock.
func (l *ledger) account(n int) *account {
	for n >= len(l.spans) {
		l.spans = append(l.spans, make([]account, len(l.spans))...)
	}
	return &l.spans[n]
}

// collect enters what the server has.
func (l *ledger) collect(events []posthogtest.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		n, _ := e.Int("$ai_input_tokens")
		a, id := l.account(int(n)), uuid.MustParse(e.UUID)
		a.copies++
		a.changed = a.changed || a.uuid != uuid.Nil && a.uuid != id || e.DistinctID != "somebody" ||
			!e.Timestamp.Equal(newSpan(int(n)).EndTime)
		a.uuid = id
	}
}

func (l *ledger) requireBalanced(t *testing.T, metrics map[string]int64) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var missing, unknown, copied int
	n := int(l.next.Load())
	for i := range n {
		a := l.account(i)
		require.NotEqual(t, a.stored, a.lost, "span %d: neither or both", i)
		require.False(t, a.changed, "span %d: copies differ", i)
		switch {
		case a.stored && a.copies == 0:
			missing++
		case a.lost && a.copies > 0:
			unknown++ // the answer was lost, not the event
		case a.copies > 1:
			copied++
		}
	}
	t.Logf("%d spans: %d reported lost (%d of them stored), %d sent again after storing", n, l.countLost(), unknown, copied)
	require.Positive(t, n)
	require.Zero(t, missing, "reported as stored, but not there")

	var lost int64
	for name, value := range metrics {
		if strings.HasPrefix(name, "otelposthog.exporter.event.lost") {
			lost += value
		}
	}
	require.Equal(t, l.exported.Load(), metrics["otelposthog.exporter.span.seen"])
	require.Equal(t, l.stored.Load(), total(metrics, "otelposthog.exporter.event.stored"))
	require.Equal(t, l.lost.Load(), lost)
	require.Equal(t, l.exported.Load(), l.stored.Load()+l.lost.Load())
	require.Zero(t, metrics["otel.sdk.exporter.span.inflight"])
}

func (l *ledger) countLost() (n int) {
	for i := range l.spans {
		if l.spans[i].lost {
			n++
		}
	}
	return n
}

// sleep is false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
