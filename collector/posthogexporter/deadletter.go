package posthogexporter

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// DeadLetterConfig says where spans go that PostHog refuses for good.
type DeadLetterConfig struct {
	// Path is a file that gets one request of OTLP/JSON a line, content included. It
	// is readable by its owner only. Without it, such spans are counted and lost.
	Path string `mapstructure:"path"`
	// MaxBytes bounds the file; what would go beyond is lost. 100,000,000 by default.
	MaxBytes int64 `mapstructure:"max_bytes"`
}

func (c *DeadLetterConfig) validate() error {
	if c.MaxBytes <= 0 {
		return errors.New("dead_letter::max_bytes must be positive")
	}
	return nil
}

// deadLetters is the file. A nil one takes nothing.
type deadLetters struct {
	mu   sync.Mutex
	file *os.File
	left int64
}

func openDeadLetters(c DeadLetterConfig) (*deadLetters, error) {
	if c.Path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(c.Path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("dead_letter::path: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("dead_letter::path: %w", err), file.Close())
	}
	return &deadLetters{file: file, left: c.MaxBytes - info.Size()}, nil
}

var errDeadLettersFull = errors.New("dead_letter: the file has reached max_bytes")

// add appends spans. The error says why they are lost after all.
func (d *deadLetters) add(td ptrace.Traces) error {
	line, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	d.mu.Lock()
	defer d.mu.Unlock()
	if int64(len(line)) > d.left {
		return errDeadLettersFull
	}
	n, err := d.file.Write(line)
	d.left -= int64(n)
	return err
}

func (d *deadLetters) close() error {
	if d == nil {
		return nil
	}
	return d.file.Close()
}
