package main

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/otelposthog/otelposthog-go/internal/spantest"
	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// sizes of spans, around every limit on the way: of an event on /batch/, of an event
// on the AI endpoint, of batches, of gRPC's own default, of requests to the receiver.
var sizes = []int{
	1_000, 910_000, 4_010_000, 4<<20 + 1_000, 7_510_000, 19_900_000,
}

// tooLarge is more than the receivers take in one request.
const tooLarge = 21_500_000

// TestSizes sends spans of every size through every configuration, by HTTP and by
// gRPC in turn: what was acknowledged is stored, whatever its size.
func TestSizes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("config/*.yaml")
	require.NoError(t, err)
	backend := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer backend.Close()
	for _, file := range files {
		name := filepath.Base(file)
		if name == "kafka-out.yaml" {
			continue // It is the other half of kafka-in.yaml.
		}
		t.Run(name, func(t *testing.T) {
			ctx := deadline(t)
			server := posthogtest.NewServer()
			defer server.Close()
			env := []string{"OTLP_BACKEND=" + backend.URL, "MEMORY_LIMIT_MIB=2000"}
			if name == "kafka-in.yaml" {
				env = append(env, "KAFKA_BROKERS="+newKafka(t, 1, 2).addrs())
				reader := newCollector(t, "kafka-out.yaml", server.URL, env)
				reader.start(ctx)
				defer reader.kill()
			}
			c := newCollector(t, name, server.URL, env)
			c.start(ctx)
			for i, size := range sizes {
				if i%2 == 0 {
					c.feed(ctx, oneCall(i, size))
				} else {
					c.feedGRPC(ctx, oneCall(i, size))
				}
			}
			body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(oneCall(len(sizes), tooLarge))
			require.NoError(t, err)
			status, err := c.do(ctx, http.MethodPost, "http://"+c.otlp+"/v1/traces", body)
			require.NoError(t, err)
			require.GreaterOrEqual(t, status, 400, "the sender is told")
			everySpanStored(ctx, t, server, len(sizes))
			c.kill()
		})
	}
}

// feedGRPC is feed by gRPC.
func (c *collector) feedGRPC(ctx context.Context, td ptrace.Traces) {
	conn, err := grpc.NewClient(c.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(c.t, err)
	defer func() { require.NoError(c.t, conn.Close()) }()
	_, err = ptraceotlp.NewGRPCClient(conn).Export(ctx, ptraceotlp.NewExportRequestFromTraces(td))
	require.NoError(c.t, err)
}

// oneCall is an LLM call of about so many bytes, with a session, at the top of its
// trace: nothing waits for anything.
func oneCall(i, size int) ptrace.Traces {
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(id[:], uint64(i)+1)
	s.SetTraceID(pcommon.TraceID{2, id[6], id[7]})
	s.SetSpanID(id)
	s.SetName("chat gpt-4o")
	s.SetStartTimestamp(1_770_000_000_000_000_000)
	s.SetEndTimestamp(1_770_000_001_000_000_000)
	input, output := spantest.Conversation(rand.New(rand.NewPCG(2, uint64(i))), size-500)
	s.Attributes().PutStr("gen_ai.operation.name", "chat")
	s.Attributes().PutStr("gen_ai.request.model", "gpt-4o")
	s.Attributes().PutStr("$session_id", "from-the-browser")
	s.Attributes().PutStr("gen_ai.input.messages", input)
	s.Attributes().PutStr("gen_ai.output.messages", output)
	return td
}
