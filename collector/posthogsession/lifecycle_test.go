package posthogsession_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

func TestLifecycle(t *testing.T) {
	t.Parallel()
	p, err := posthogsession.NewFactory().CreateTraces(t.Context(), settings(), defaultConfig(), consumertest.NewNop())
	require.NoError(t, err)
	require.True(t, p.Capabilities().MutatesData)
	require.NoError(t, p.Shutdown(t.Context()), "without a start")

	started := newProcessor(t, defaultConfig(), consumertest.NewNop())
	require.NoError(t, started.Shutdown(t.Context()))
	require.NoError(t, started.Shutdown(t.Context()), "a second time")
}

// TestShutdownConcurrentSafe shuts down while spans come: none is left behind.
func TestShutdownConcurrentSafe(t *testing.T) {
	t.Parallel()
	for range 20 {
		sink := new(consumertest.TracesSink)
		p := newProcessor(t, defaultConfig(), sink)
		const senders, each = 4, 50
		var sending sync.WaitGroup
		under := make(chan struct{})
		for sender := range byte(senders) {
			sending.Go(func() {
				for i := range byte(each) {
					td := trace(t, i%5+1, nil, call(1, 99))
					td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetSpanID(pcommon.SpanID{sender + 1, i + 1})
					if p.ConsumeTraces(t.Context(), td) != nil {
						t.Error("the spans were refused")
					}
					if sender == 0 && i == each/2 {
						close(under)
					}
				}
			})
		}
		<-under
		require.NoError(t, p.Shutdown(t.Context()))
		sending.Wait()
		require.Equal(t, senders*each, sink.SpanCount())
	}
}
