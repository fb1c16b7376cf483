package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// run starts a Collector, feeds it, lets it send everything and end, and returns
// the CPU time that it took and the bytes that it sent.
func run(ctx context.Context, binary string, v variant, sink *sink, bodies [][]byte, requests int) (time.Duration, int64, error) {
	otlp, err := freeAddress(ctx)
	if err != nil {
		return 0, 0, err
	}
	name, _, _ := strings.Cut(v.exporter, ":")
	args := []string{
		"--config", "yaml:receivers::otlp::protocols::http::endpoint: " + otlp,
		"--config", "yaml:exporters: {" + fmt.Sprintf(v.exporter, sink.url) + "}",
		"--config", "yaml:processors: {memory_limiter: {check_interval: 1s, limit_mib: 1000, spike_limit_mib: 200}, posthogsession: }",
	}
	extensions := ""
	if v.disk {
		dir, err := os.MkdirTemp("", "otelcol-posthog-queue")
		if err != nil {
			return 0, 0, err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // The system cleans up what is left.
		args = append(args, "--config", "yaml:extensions::file_storage::directory: "+dir)
		extensions = "file_storage"
	}
	args = append(args, "--config", fmt.Sprintf("yaml:service: {extensions: [%s], telemetry: {metrics: {level: none}, logs: {level: warn}}, pipelines: {traces: {receivers: [otlp], processors: [%s], exporters: [%s]}}}",
		extensions, strings.Join(v.processors, ", "), name))
	cmd := exec.CommandContext(ctx, binary, args...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1")
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	sink.received.Store(0)
	feedErr := feed(ctx, "http://"+otlp+"/v1/traces", bodies, requests)
	if v.disk && requests > 0 {
		sink.settle(ctx) // What is on disk would stay there.
	}
	// An interrupted Collector sends what is in its memory before it ends.
	err = errors.Join(feedErr, cmd.Process.Signal(syscall.SIGINT), cmd.Wait())
	if err == nil && requests > 0 && log.Len() > 0 {
		err = fmt.Errorf("the Collector has something to say: %s", log.String())
	}
	if err != nil {
		return 0, 0, err
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), sink.received.Load(), nil
}

// feed sends the bodies in turn, each until it is taken.
func feed(ctx context.Context, url string, bodies [][]byte, requests int) error {
	if err := waitFor(ctx, url); err != nil {
		return err
	}
	for i := range requests {
		for {
			status, err := post(ctx, url, bodies[i%len(bodies)])
			if err == nil && status == http.StatusOK {
				break
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(10 * time.Millisecond) // The queue is full.
		}
	}
	return nil
}

func waitFor(ctx context.Context, url string) error {
	for {
		if _, err := post(ctx, url, nil); err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func post(ctx context.Context, url string, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close() //nolint:errcheck // It was read.
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
