package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// maxPacked is how often an input may be packed with gzip: once by the sender and
// once by whoever stored it.
const maxPacked = 2

// errFormat is told of input in no known format.
var errFormat = errors.New("neither OTLP traces, as protobuf or JSON, nor Jaeger's JSON")

// read calls each with every request of r, as soon as it has read it.
func read(r io.Reader, each func(ptrace.Traces) error) error {
	buffered := bufio.NewReader(r)
	for range maxPacked {
		if head, _ := buffered.Peek(2); string(head) != "\x1f\x8b" {
			break
		}
		unpacked, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("not gzip: %w", err)
		}
		buffered = bufio.NewReader(unpacked)
	}
	if isJSON(buffered) {
		return readJSON(buffered, each)
	}
	return readProto(buffered, each)
}

// isJSON looks for the brace of an object. A protobuf request begins with a line
// feed, which is the tag of its first field, then the length of it: only one of
// 123 bytes looks like a brace, but what follows a brace in JSON is a quote or
// white space, and in protobuf the tag of a field.
func isJSON(r *bufio.Reader) bool {
	head, _ := r.Peek(64) // a short input has a short head
	brace := -1
	for i, b := range head {
		switch {
		case b == ' ' || b == '\t' || b == '\r' || b == '\n':
			continue
		case brace >= 0:
			return b == '"' || b == '}'
		case b == '{':
			brace = i
			// The tag after the length is a line feed as well: the resource.
			if i == 1 && head[0] == '\n' && len(head) > 2 && head[2] == '\n' && !printable(head[3:]) {
				return false
			}
		default:
			return false
		}
	}
	return brace >= 0
}

// printable reports whether JSON could look like this.
func printable(head []byte) bool {
	for _, b := range head {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' {
			return false
		}
	}
	return true
}

func readJSON(r io.Reader, each func(ptrace.Traces) error) error {
	decoder := json.NewDecoder(r)
	for n := 1; ; n++ {
		var request json.RawMessage
		err := decoder.Decode(&request)
		if errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case err != nil:
			err = fmt.Errorf("broken JSON: %w", err)
		case isJaeger(request):
			var td ptrace.Traces
			if td, err = fromJaeger(request); err == nil {
				err = each(td)
			}
		default:
			err = give(&ptrace.JSONUnmarshaler{}, request, each)
		}
		if err != nil {
			return fmt.Errorf("request %d: %w", n, err)
		}
	}
}

func readProto(r io.Reader, each func(ptrace.Traces) error) error {
	request, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if len(request) == 0 {
		return errors.New("nothing to read")
	}
	return give(&ptrace.ProtoUnmarshaler{}, request, each)
}

func give(from ptrace.Unmarshaler, request []byte, each func(ptrace.Traces) error) error {
	td, err := from.UnmarshalTraces(request)
	if err != nil {
		return fmt.Errorf("%w: %w", errFormat, err)
	}
	if td.SpanCount() == 0 {
		return fmt.Errorf("no spans: %w", errFormat)
	}
	return each(td)
}
