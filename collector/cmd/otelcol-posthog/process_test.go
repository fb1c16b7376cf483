package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// asCollector makes the test binary be the Collector, so that tests start the
// real main in a process of its own, and kill it, without another build.
const asCollector = "OTELCOL_POSTHOG_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asCollector) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// collector is a Collector that can be started and killed again and again.
type collector struct {
	t      *testing.T
	otlp   string
	grpc   string
	health string
	env    []string
	args   []string

	cmd    *exec.Cmd
	exited chan struct{}
	log    *syncBuffer
}

// newCollector readies one with a file of config/. The overrides are settings such
// as exporters::posthog::timeout: 1s.
func newCollector(t *testing.T, file, posthog string, env []string, overrides ...string) *collector {
	c := &collector{t: t, log: new(syncBuffer)}
	c.env = append(append(os.Environ(),
		asCollector+"=1",
		"POSTHOG_API_KEY=phc_test",
		"POSTHOG_HOST="+posthog,
		"QUEUE_DIR="+t.TempDir(),
		"METRICS_LEVEL=none",
	), env...)
	c.args = []string{"--config", filepath.Join("config", file)}
	for _, o := range overrides {
		c.args = append(c.args, "--config", "yaml:"+o)
	}
	t.Cleanup(func() {
		if c.cmd != nil {
			c.kill()
		}
		if t.Failed() {
			t.Logf("the end of the log of the Collector:\n%s", c.log.tail(8<<10))
		}
	})
	return c
}

// start returns when the Collector is ready.
func (c *collector) start(ctx context.Context) {
	for !c.tryStart(ctx) {
		require.Contains(c.t, c.log.tail(8<<10), "address already in use", "the Collector ended")
	}
}

// tryStart starts the Collector on free ports. It returns false when it ended, as
// it does when somebody else took one of them meanwhile.
func (c *collector) tryStart(ctx context.Context) bool {
	c.otlp, c.grpc, c.health = freeAddress(c.t), freeAddress(c.t), freeAddress(c.t)
	before := c.log.len()
	cmd := exec.CommandContext(ctx, os.Args[0], c.args...)
	cmd.Env = append(slices.Clip(c.env), "OTLP_HTTP_ENDPOINT="+c.otlp, "OTLP_GRPC_ENDPOINT="+c.grpc, "HEALTH_ENDPOINT="+c.health)
	cmd.Stdout, cmd.Stderr = c.log, c.log
	require.NoError(c.t, cmd.Start())
	exited := make(chan struct{})
	go func() {
		defer close(exited)
		_ = cmd.Wait() // It is killed in the end, which is an error to it.
	}()
	c.cmd, c.exited = cmd, exited
	for {
		if c.log.contains(before, "Everything is ready") {
			return true
		}
		select {
		case <-exited:
			c.cmd = nil
			return false
		case <-time.After(20 * time.Millisecond):
			require.NoError(c.t, ctx.Err(), "the Collector did not start")
		}
	}
}

// kill is SIGKILL: the Collector can do nothing more.
func (c *collector) kill() {
	_ = c.cmd.Process.Kill()
	<-c.exited
	c.cmd = nil
}

// stop asks the Collector to end.
func (c *collector) stop() {
	require.NoError(c.t, c.cmd.Process.Signal(os.Interrupt))
	<-c.exited
	c.cmd = nil
}

// feed sends one request until the Collector takes it, and returns how many times
// it did not.
func (c *collector) feed(ctx context.Context, td ptrace.Traces) (refused int) {
	body, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	require.NoError(c.t, err)
	return c.post(ctx, "/v1/traces", body)
}

// feedLogs is feed for log records.
func (c *collector) feedLogs(ctx context.Context, ld plog.Logs) {
	body, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(c.t, err)
	c.post(ctx, "/v1/logs", body)
}

func (c *collector) post(ctx context.Context, path string, body []byte) (refused int) {
	for {
		status, err := c.do(ctx, http.MethodPost, "http://"+c.otlp+path, body)
		if err == nil && status == http.StatusOK {
			return refused
		}
		if err == nil {
			require.Contains(c.t, []int{429, 502, 503, 504}, status, "OTLP says that these may be sent again")
		}
		refused++
		require.NoError(c.t, pause(ctx, 50*time.Millisecond), "the Collector does not take more")
	}
}

func (c *collector) do(ctx context.Context, method, url string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	require.NoError(c.t, err)
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { require.NoError(c.t, resp.Body.Close()) }()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func freeAddress(t *testing.T) string {
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Len()
}

// contains reports whether text was written after the first bytes.
func (b *syncBuffer) contains(after int, text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Contains(b.buf.Bytes()[after:], []byte(text))
}

func (b *syncBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.buf.Bytes()
	return string(all[max(0, len(all)-n):])
}
