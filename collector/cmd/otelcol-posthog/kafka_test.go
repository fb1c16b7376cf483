package main

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// kafka is a cluster in this process.
type kafka struct{ *kfake.Cluster }

func newKafka(t *testing.T, brokers int, partitions int32) kafka {
	c, err := kfake.NewCluster(
		kfake.NumBrokers(brokers),
		kfake.SeedTopics(partitions, "otlp_spans"),
		kfake.BrokerConfigs(map[string]string{
			"message.max.bytes":            "25000000",
			"group.min.session.timeout.ms": "1000",
		}),
	)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return kafka{c}
}

// addrs is for KAFKA_BROKERS.
func (k kafka) addrs() string { return k.ListenAddrs()[0] }

// TestKafka has two brokers and twelve partitions, one Collector that writes and two
// that read. PostHog refuses the key for a while, records come that nobody can read,
// memory is short, and one reader is killed under load: every span is stored, and no
// partition stops.
func TestKafka(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	cluster := newKafka(t, 2, 12)
	env := []string{"KAFKA_BROKERS=" + cluster.addrs()}
	quickly := []string{
		quick,
		"receivers::kafka: {session_timeout: 3s, heartbeat_interval: 500ms, autocommit: {interval: 200ms}, error_backoff: {initial_interval: 100ms, max_interval: 500ms}}",
		"processors::memory_limiter: {check_interval: 20ms, limit_mib: 150, spike_limit_mib: 50}",
	}
	writer := newCollector(t, "kafka-in.yaml", server.URL, env)
	writer.start(ctx)
	readers := make([]*collector, 2)
	for i := range readers {
		readers[i] = newCollector(t, "kafka-out.yaml", server.URL, env, quickly...)
		readers[i].start(ctx)
	}

	var wrongKey atomic.Bool
	wrongKey.Store(true)
	server.SetFaultFunc(func(posthogtest.Request) posthogtest.Fault {
		if wrongKey.Load() {
			return posthogtest.Status(401)
		}
		return posthogtest.Fault{}
	})
	fed := 0
	feed := func(requests, size int) {
		for range requests {
			writer.feed(ctx, calls(fed, 20, size))
			fed += 20
		}
	}
	feed(20, 500)
	poison(t, cluster, 12)
	feed(20, 32<<10)
	require.Eventually(t, func() bool { return refusals(server) > 2 }, time.Minute, 20*time.Millisecond, "the key was refused")
	require.Empty(t, server.Events())
	wrongKey.Store(false)
	_, err := server.Wait(ctx, 100)
	require.NoError(t, err)
	readers[0].kill()
	feed(20, 500)
	everySpanStored(ctx, t, server, fed)

	// Nothing stands still after it: what comes now is stored, too.
	poison(t, cluster, 12)
	feed(20, 500)
	everySpanStored(ctx, t, server, fed)
	readers[0].start(ctx)
	feed(20, 500)
	everySpanStored(ctx, t, server, fed)
	for _, c := range append(slices.Clip(readers), writer) {
		c.kill()
	}
}

// TestKafkaSessions kills the reader while AI spans wait for the span that has the
// session: they wait again after the restart, and find it.
func TestKafkaSessions(t *testing.T) {
	t.Parallel()
	ctx := deadline(t)
	server := posthogtest.NewServer()
	defer server.Close()
	cluster := newKafka(t, 2, 12)
	env := []string{"KAFKA_BROKERS=" + cluster.addrs(), "SESSION_WAIT=1h"}
	writer := newCollector(t, "kafka-in.yaml", server.URL, env)
	writer.start(ctx)
	reader := newCollector(t, "kafka-out.yaml", server.URL, env, quick,
		"receivers::kafka: {session_timeout: 3s, heartbeat_interval: 500ms, autocommit: {interval: 200ms}}")
	reader.start(ctx)
	const traces = 100
	for i := range traces {
		writer.feed(ctx, oneSpan(i, 2, "gen_ai.call"))
	}
	// A trace that is complete shows that the reader has got so far.
	writer.feed(ctx, oneSpan(traces, 2, "gen_ai.call"))
	writer.feed(ctx, oneSpan(traces, 1, "GET /"))
	_, err := server.Wait(ctx, 1)
	require.NoError(t, err)
	reader.kill()
	reader.start(ctx)
	for i := range traces {
		writer.feed(ctx, oneSpan(i, 1, "GET /"))
	}
	for len(server.Stored()) < traces+1 {
		require.NoError(t, pause(ctx, 50*time.Millisecond), "%d are stored", len(server.Stored()))
	}
	for _, e := range server.Events() {
		require.Equal(t, "from-the-browser", e.Properties["$session_id"])
	}
	for _, c := range []*collector{reader, writer} {
		c.kill()
	}
}

func refusals(server *posthogtest.Server) (n int) {
	for _, r := range server.Requests() {
		if r.Status == 401 {
			n++
		}
	}
	return n
}

// poison writes a record that is no OTLP to each partition.
func poison(t *testing.T, cluster kafka, partitions int32) {
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(t, err)
	defer client.Close()
	for p := range partitions {
		record := &kgo.Record{Topic: "otlp_spans", Partition: p, Value: []byte("\xff not OTLP")}
		require.NoError(t, client.ProduceSync(t.Context(), record).FirstErr())
	}
}
