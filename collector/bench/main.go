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
	requests int
}

var workloads = []workload{
	{"1 KB", 1 << 10, 400},
	{"8 KB", 8 << 10, 120},
	{"64 KB", 64 << 10, 20},
}

// variants are the exporters. The first is what the others are compared with.
var variants = []struct{ name, config string }{
	{"otlp_http, gzip", "otlp_http: {endpoint: %s, compression: gzip}"},
	{"posthog, gzip", "posthog: {endpoint: %s, api_key: phc_bench, compression: gzip}"},
	{"otlp_http, none", "otlp_http: {endpoint: %s, compression: none}"},
	{"posthog, none", "posthog: {endpoint: %s, api_key: phc_bench, compression: none}"},
}

func main() {
	rounds := flag.Int("rounds", 3, "runs of each, of which the median counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	if err := compare(ctx, os.Stdout, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, out io.Writer, rounds int) error {
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

	fmt.Fprintln(out, "| messages per span | exporter | CPU per span | to otlp_http, gzip | bytes sent per span |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, w := range workloads {
		bodies := w.make()
		spans := float64(w.requests * spansPerRequest)
		var base time.Duration
		results, err := rounded(ctx, binary, sink, bodies, w.requests, rounds)
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
func rounded(ctx context.Context, binary string, sink *sink, bodies [][]byte, requests, rounds int) ([]result, error) {
	results := make([]result, len(variants))
	times := make([][]time.Duration, len(variants))
	for range rounds {
		for i, v := range variants {
			config := fmt.Sprintf(v.config, sink.url)
			idle, _, err := run(ctx, binary, config, sink, nil, 0)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", v.name, err)
			}
			busy, bytes, err := run(ctx, binary, config, sink, bodies, requests)
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
