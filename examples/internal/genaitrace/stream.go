package genaitrace

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/openai/openai-go/v3"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/semconv"
)

// streamBody reads along with the client: it collects the chunks of a streamed
// answer and ends the span at [DONE], at the end of the body, when reading fails
// or when the client closes the body early, whichever comes first.
type streamBody struct {
	body   io.ReadCloser
	span   trace.Span
	start  time.Time
	finish func(trace.Span, *openai.ChatCompletion)

	mu     sync.Mutex // Close may run beside Read
	line   []byte     // the beginning of a line whose end has not come yet
	chunks int
	answer openai.ChatCompletionAccumulator
	ended  bool
}

var _ io.ReadCloser = (*streamBody)(nil)

func (s *streamBody) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collect(p[:n])
	if err != nil {
		if !errors.Is(err, io.EOF) {
			fail(s.span, err)
		}
		s.end()
	}
	return n, err
}

func (s *streamBody) Close() error {
	err := s.body.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	return err
}

// collect cuts the bytes into lines of server-sent events and adds up the
// chunks in their data fields.
func (s *streamBody) collect(b []byte) {
	if s.ended {
		return
	}
	s.line = append(s.line, b...)
	for {
		line, rest, found := bytes.Cut(s.line, []byte("\n"))
		if !found {
			return
		}
		s.line = rest
		data, isData := bytes.CutPrefix(bytes.TrimSpace(line), []byte("data:"))
		if !isData {
			continue
		}
		if data = bytes.TrimSpace(data); bytes.Equal(data, []byte("[DONE]")) {
			s.end()
			return
		}
		var chunk openai.ChatCompletionChunk
		if json.Unmarshal(data, &chunk) != nil {
			continue
		}
		if s.chunks++; s.chunks == 1 {
			s.span.SetAttributes(semconv.GenAIResponseTimeToFirstChunkKey.Float64(time.Since(s.start).Seconds()))
		}
		s.answer.AddChunk(chunk)
	}
}

func (s *streamBody) end() {
	if s.ended {
		return
	}
	s.ended = true
	if s.chunks > 0 {
		s.finish(s.span, &s.answer.ChatCompletion)
	}
	s.span.End()
}
