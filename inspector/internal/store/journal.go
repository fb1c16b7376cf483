package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
)

// One format serves for the file of a store, for export and for import: JSON
// lines, each with one record.

// line is one record. One of its members is set.
type line struct {
	Event  json.RawMessage `json:"event,omitempty"`
	Path   string          `json:"path,omitempty"`
	OTLP   json.RawMessage `json:"otlp,omitempty"`
	Replay *replayLine     `json:"replay,omitempty"`
}

type replayLine struct {
	SessionID  string          `json:"session_id"`
	WindowID   string          `json:"window_id"`
	DistinctID string          `json:"distinct_id,omitempty"`
	Time       time.Time       `json:"time"`
	Data       json.RawMessage `json:"data"`
}

// maxLine bounds one record of a file that is read.
const maxLine = 32 << 20

func (r record) encode() ([]byte, error) {
	var l line
	switch {
	case r.event != nil:
		l.Event, l.Path = r.event.Raw, r.event.Path
	case r.span != nil:
		otlpJSON, err := (&ptrace.JSONMarshaler{}).MarshalTraces(r.span.Message())
		if err != nil {
			return nil, err
		}
		l.OTLP = otlpJSON
	case r.chunk != nil:
		c := r.chunk
		l.Replay = &replayLine{c.SessionID, c.WindowID, c.DistinctID, c.Time, c.Data}
	default:
		return nil, nil // log records live as long as the process
	}
	return json.Marshal(l)
}

// Import adds the records of a file that [Store.Export] or a store wrote.
// It returns how many there were. What came before a bad line stays.
func (s *Store) Import(r io.Reader) (int, error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	n := 0
	for scanner.Scan() {
		if len(scanner.Bytes()) == 0 {
			continue
		}
		if err := s.importLine(scanner.Bytes()); err != nil {
			return n, fmt.Errorf("line %d is not a record of the inspector: %w", n+1, err)
		}
		n++
	}
	return n, scanner.Err()
}

func (s *Store) importLine(text []byte) error {
	var l line
	if err := json.Unmarshal(text, &l); err != nil {
		return err
	}
	switch {
	case l.Event != nil:
		e, err := parseEvent(append([]byte(nil), l.Event...), Captured)
		if err != nil {
			return err
		}
		if e.UUID == "" || e.Name == "" {
			return errors.New("an event needs a name and a uuid")
		}
		e.Path = l.Path
		s.AddEvents(e)
	case l.OTLP != nil:
		td, err := (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(l.OTLP)
		if err != nil {
			return err
		}
		s.AddSpans(otlp.Spans(td))
	case l.Replay != nil:
		c := l.Replay
		s.AddChunk(Chunk{c.SessionID, c.WindowID, c.DistinctID, c.Time, append([]byte(nil), c.Data...)})
	default:
		return errors.New("it has neither event, otlp nor replay")
	}
	return nil
}

// Export writes the records that keep chooses: events by their session and
// trace, spans by their trace, recordings by their session.
func (s *Store) Export(w io.Writer, keep func(sessionID, traceID string) bool) error {
	s.mu.Lock()
	queue := append([]record(nil), s.queue...)
	s.mu.Unlock()
	out := bufio.NewWriter(w)
	for _, r := range queue {
		if !keep(r.sessionID(), r.traceID()) {
			continue
		}
		text, err := r.encode()
		if err != nil {
			return err
		}
		if text == nil {
			continue
		}
		if _, err := out.Write(append(text, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (r record) sessionID() string {
	switch {
	case r.event != nil:
		return r.event.SessionID
	case r.chunk != nil:
		return r.chunk.SessionID
	}
	return ""
}

func (r record) traceID() string {
	switch {
	case r.event != nil:
		return r.event.TraceID
	case r.span != nil:
		return r.span.Data.TraceID().String()
	}
	return ""
}

// journal is the file of a store. A nil journal does nothing.
type journal struct {
	path string
	file *os.File
	out  *bufio.Writer
	size int
	err  error // the first; afterwards nothing is written
}

// Open makes s keep its records in a folder, and reads those that are there.
func (s *Store) Open(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, "inspector.jsonl")
	old, err := os.Open(path)
	switch {
	case err == nil:
		_, err = s.Import(old)
		_ = old.Close()
		if err != nil {
			// A line that was cut by a crash must not lose the others.
			s.AddRefusal(Refusal{Time: time.Now(), Path: path, Reason: err.Error()})
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = &journal{path: path}
	s.journal.compact(s)
	return s.journal.err
}

// Close writes what is buffered. It returns the first error of the file.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.journal
	if j == nil || j.file == nil {
		return nil
	}
	s.journal = nil
	return errors.Join(j.err, j.out.Flush(), j.file.Close())
}

func (j *journal) write(r record) {
	if j == nil || j.err != nil {
		return
	}
	text, err := r.encode()
	if err == nil && text != nil {
		_, err = j.out.Write(append(text, '\n'))
		j.size += len(text) + 1
	}
	j.err = err
}

// flush keeps the file behind the store: at most twice its limit.
func (j *journal) flush(s *Store) {
	if j == nil || j.err != nil {
		return
	}
	if j.size > 2*s.limit {
		j.compact(s)
		return
	}
	j.err = j.out.Flush()
}

// compact writes the file anew, with what the store still has. A crash leaves
// the old file or the new one.
func (j *journal) compact(s *Store) {
	if j == nil {
		return
	}
	next, err := os.CreateTemp(filepath.Dir(j.path), "inspector-*.tmp")
	if err != nil {
		j.err = err
		return
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.out, j.size, j.err = next, bufio.NewWriter(next), 0, nil
	for _, r := range s.queue {
		j.write(r)
	}
	if j.err == nil {
		j.err = errors.Join(j.out.Flush(), os.Rename(next.Name(), j.path))
	}
}
