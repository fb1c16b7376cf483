// Command bench compares the CPU time of a Collector that sends spans to PostHog
// with that of one that sends the same spans on by otlp_http. It starts the
// Collector of this project for each run, feeds it from loopback, receives on
// loopback, and prints ratios: machines differ, ratios less so.
//
//	go run ./bench
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

// workload is spans of one size, a hundred a request.
type workload struct {
	name     string
	bytes    int
	others   int // spans that are no AI spans, for each AI span
	requests int
}

var workloads = []workload{
	{"1 KB", 1 << 10, 0, 400},
	{"8 KB", 8 << 10, 0, 120},
	{"64 KB", 64 << 10, 0, 20},
}

// production is AI spans among the spans of a service.
var production = []workload{
	{"8 KB", 8 << 10, 0, 120},
	{"8 KB, and 4 other spans each", 8 << 10, 4, 400},
}

// variant is a Collector. The exporter is in the form of YAML, without braces, and has
// one %s for the address of the sink.
type variant struct {
	name, exporter string
	processors     []string
	disk           bool // the queue is on disk
}

// variants are compared with the first of them.
var variants = []variant{
	{name: "otlp_http, gzip", exporter: "otlp_http: {endpoint: %s, timeout: 5m, compression: gzip}"},
	{name: "posthog, gzip", exporter: "posthog: {endpoint: %s, timeout: 5m, api_key: phc_bench, compression: gzip}"},
	{name: "otlp_http, none", exporter: "otlp_http: {endpoint: %s, timeout: 5m, compression: none}"},
	{name: "posthog, none", exporter: "posthog: {endpoint: %s, timeout: 5m, api_key: phc_bench, compression: none}"},
}

const diskQueue = "sending_queue: {storage: file_storage, sizer: bytes, queue_size: 10000000000, num_consumers: 4, batch: {flush_timeout: 1s, min_size: 1000000}}"

// inProduction has what durable.yaml has, and the session processor.
var inProduction = []variant{
	{"otlp_http, gzip", "otlp_http: {endpoint: %s, timeout: 5m, compression: gzip, " + diskQueue + "}", []string{"memory_limiter"}, true},
	{"posthog, gzip", "posthog: {endpoint: %s, timeout: 5m, api_key: phc_bench, compression: gzip, " + diskQueue + "}", []string{"memory_limiter"}, true},
	{"posthog, gzip, posthogsession", "posthog: {endpoint: %s, timeout: 5m, api_key: phc_bench, compression: gzip, " + diskQueue + "}", []string{"memory_limiter", "posthogsession"}, true},
}

func main() {
	rounds := flag.Int("rounds", 3, "runs of each, of which the median counts")
	profile := flag.String("profile", "all", "all, exporters or production")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	if err := compare(ctx, os.Stdout, *profile, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, out io.Writer, profile string, rounds int) error {
	dir, err := os.MkdirTemp("", "otelcol-posthog-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // The system cleans up what is left.
	binary := filepath.Join(dir, "otelcol-posthog")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/otelposthog/otelposthog-go/collector/cmd/otelcol-posthog")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building the Collector: %w", err)
	}
	sink, err := newSink()
	if err != nil {
		return err
	}
	defer sink.close()

	if profile != "production" {
		if err := table(ctx, out, binary, sink, workloads, variants, rounds); err != nil || profile == "exporters" {
			return err
		}
	}
	fmt.Fprintln(out, "\nWith a memory limit and a queue on disk, as in durable.yaml:")
	fmt.Fprintln(out)
	return table(ctx, out, binary, sink, production, inProduction, rounds)
}

func table(ctx context.Context, out io.Writer, binary string, sink *sink, workloads []workload, variants []variant, rounds int) error {
	fmt.Fprintln(out, "| messages per span | exporter | CPU per AI span | to otlp_http, gzip | bytes sent per AI span |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, w := range workloads {
		bodies := w.make()
		spans := float64(w.requests * w.aiSpans())
		var base time.Duration
		results, err := rounded(ctx, binary, sink, variants, bodies, w.requests, rounds)
		if err != nil {
			return err
		}
		for i, r := range results {
			if i == 0 {
				base = r.cpu
			}
			fmt.Fprintf(out, "| %s | %s | %.0f µs | %.2f | %.0f |\n", w.name, variants[i].name,
				float64(r.cpu.Microseconds())/spans, float64(r.cpu)/float64(base), float64(r.bytes)/spans)
		}
	}
	return nil
}

type result struct {
	cpu   time.Duration
	bytes int64
}

// rounded runs the variants by turns, so that a noisy moment strikes all, and
// returns the median of each, less what a Collector without work takes.
func rounded(ctx context.Context, binary string, sink *sink, variants []variant, bodies [][]byte, requests, rounds int) ([]result, error) {
	results := make([]result, len(variants))
	times := make([][]time.Duration, len(variants))
	for range rounds {
		for i, v := range variants {
			idle, _, err := run(ctx, binary, v, sink, nil, 0)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
			busy, bytes, err := run(ctx, binary, v, sink, bodies, requests)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
			times[i] = append(times[i], busy-idle)
			results[i].bytes = bytes
		}
	}
	for i := range results {
		slices.Sort(times[i])
		results[i].cpu = times[i][len(times[i])/2]
	}
	return results, nil
}
