package log_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.uber.org/goleak"

	"github.com/otelposthog/otelposthog-go/baggage"
	posthoglog "github.com/otelposthog/otelposthog-go/contrib/log"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ada = baggage.Session{
	ID: "0199a5b0-1c2d-7e3f-8a4b-5c6d7e8f9a0b", WindowID: "0199a5b0-1c2d-7000-8a4b-000000000001", DistinctID: "zoë",
}

// memory keeps the records that are exported.
type memory struct {
	mu      sync.Mutex
	records []map[string]string
}

func (m *memory) Export(_ context.Context, records []sdklog.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		attrs := make(map[string]string)
		r.WalkAttributes(func(kv attribute.KeyValue) bool {
			attrs[string(kv.Key)] = kv.Value.AsString()
			return true
		})
		m.records = append(m.records, attrs)
	}
	return nil
}

func (*memory) Shutdown(context.Context) error   { return nil }
func (*memory) ForceFlush(context.Context) error { return nil }

func newLogger(t *testing.T) (log.Logger, *memory) {
	t.Helper()
	m := &memory{}
	provider := sdklog.NewLoggerProvider(
		sdklog.WithProcessor(posthoglog.NewProcessor()),
		sdklog.WithProcessor(sdklog.NewSimpleProcessor(m)))
	t.Cleanup(func() { require.NoError(t, provider.Shutdown(context.WithoutCancel(t.Context()))) })
	return provider.Logger("test"), m
}

func emit(ctx context.Context, l log.Logger, attrs ...attribute.KeyValue) {
	var r log.Record
	r.SetBody(attribute.StringValue("the model did not answer"))
	r.AddAttributes(attrs...)
	l.Emit(ctx, r)
}

// The session comes with a request of a browser, and the handler writes a log.
func TestRequest(t *testing.T) {
	logger, exported := newLogger(t)
	srv := httptest.NewServer(baggage.NewHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		emit(r.Context(), logger)
	})))
	t.Cleanup(srv.Close)
	for _, s := range []baggage.Session{ada, {ID: "undefined"}, {}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		require.NoError(t, err)
		req.Header.Set(baggage.HeaderSessionID, s.ID)
		req.Header.Set(baggage.HeaderWindowID, s.WindowID)
		req.Header.Set("baggage", "posthog.distinct_id="+s.DistinctID)
		if s == ada {
			req.Header.Set("baggage", "posthog.distinct_id=zo%C3%AB")
		}
		resp, err := srv.Client().Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	require.Equal(t, []map[string]string{
		{"$session_id": ada.ID, "$window_id": ada.WindowID, "posthog.distinct_id": ada.DistinctID}, {}, {},
	}, exported.records)
}

// What a record says by itself stays.
func TestRecordsOwnWords(t *testing.T) {
	ctx, err := baggage.ContextWithSession(t.Context(), ada)
	require.NoError(t, err)
	str := attribute.String
	for name, tt := range map[string]struct {
		set  []attribute.KeyValue
		want map[string]string
	}{
		"nothing":             {nil, map[string]string{"$session_id": ada.ID, "$window_id": ada.WindowID, "posthog.distinct_id": "zoë"}},
		"another session":     {[]attribute.KeyValue{str("$session_id", "other")}, map[string]string{"$session_id": "other", "posthog.distinct_id": "zoë"}},
		"in Node's words":     {[]attribute.KeyValue{str("sessionId", "other")}, map[string]string{"sessionId": "other", "posthog.distinct_id": "zoë"}},
		"the same session":    {[]attribute.KeyValue{str("posthog.session_id", ada.ID)}, map[string]string{"posthog.session_id": ada.ID, "$window_id": ada.WindowID, "posthog.distinct_id": "zoë"}},
		"a person":            {[]attribute.KeyValue{str("posthog.distinct_id", "bob")}, map[string]string{"$session_id": ada.ID, "$window_id": ada.WindowID, "posthog.distinct_id": "bob"}},
		"a chat, for a model": {[]attribute.KeyValue{str("session.id", "chat-1")}, map[string]string{"session.id": "chat-1", "$session_id": ada.ID, "$window_id": ada.WindowID, "posthog.distinct_id": "zoë"}},
	} {
		t.Run(name, func(t *testing.T) {
			logger, exported := newLogger(t)
			emit(ctx, logger, tt.set...)
			require.Equal(t, []map[string]string{tt.want}, exported.records)
		})
	}
}

// The processor makes nobody write logs that no exporter wants.
func TestEnabled(t *testing.T) {
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(posthoglog.NewProcessor()))
	require.False(t, provider.Logger("test").Enabled(t.Context(), log.EnabledParameters{}))
	logger, _ := newLogger(t)
	require.True(t, logger.Enabled(t.Context(), log.EnabledParameters{}))
}

func TestUnusualUse(t *testing.T) {
	var zero posthoglog.Processor
	require.NoError(t, zero.OnEmit(t.Context(), nil))
	require.NoError(t, zero.OnEmit(nil, &sdklog.Record{})) //nolint:staticcheck // somebody will
	for range 2 {
		require.NoError(t, zero.ForceFlush(t.Context()))
		require.NoError(t, zero.Shutdown(t.Context()))
	}
}
