// Command bench compares this project with its peers, like against like and in
// one run: the CPU time and the allocated bytes of the sending process. It
// prints ratios, since the figures themselves belong to one machine.
//
//	go run . export     conversion, encoding and HTTP, against otlptracehttp and posthog-go
//	go run . delivery   gzip, zstd and none on the capture paths
//	go run . privacy    what redactors and content levels take
//	go run . stamp      the span processor, against contrib's baggagecopy
//	go run . inject     baggage.Propagator, against what it stands around
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	rounds := flag.Int("rounds", 7, "rounds; the median counts")
	sink := flag.Bool("sink", false, "be the server that takes everything (the program starts it itself)")
	flag.Parse()
	if *sink {
		serveSink()
		return
	}
	var err error
	switch flag.Arg(0) {
	case "export", "":
		err = compareExport(*rounds)
	case "delivery":
		err = compareDelivery(*rounds)
	case "privacy":
		err = comparePrivacy(*rounds)
	case "stamp":
		err = compareStamp(*rounds)
	case "inject":
		err = compareInject(*rounds)
	default:
		err = fmt.Errorf("unknown comparison %q", flag.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
