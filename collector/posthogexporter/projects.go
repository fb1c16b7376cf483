package posthogexporter

import (
	"context"
	"errors"
	"sync"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// maxProjects bounds the keys that can come with spans. Those of the settings do
// not count.
const maxProjects = 1000

// projects has an exporter for each API key.
type projects struct {
	options []posthog.Option

	mu       sync.Mutex
	byKey    map[string]*posthog.Exporter
	learnt   int
	shutdown bool
}

func newProjects(options []posthog.Option) *projects {
	return &projects{options: options, byKey: make(map[string]*posthog.Exporter)}
}

// add makes the exporter of a key, if there is none.
func (p *projects) add(key string) error {
	if p.byKey[key] != nil {
		return nil
	}
	exp, err := posthog.New(key, p.options...)
	if err == nil {
		p.byKey[key] = exp
	}
	return err
}

// get returns the exporter of a key, nil when there is none.
func (p *projects) get(key string) *posthog.Exporter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.byKey[key]
}

// learn is get for a key that came with spans. It returns nil when the key
// cannot be one, or when there are too many.
func (p *projects) learn(key string) *posthog.Exporter {
	p.mu.Lock()
	defer p.mu.Unlock()
	if exp := p.byKey[key]; exp != nil || p.learnt == maxProjects || p.shutdown {
		return exp
	}
	if p.add(key) != nil {
		return nil
	}
	p.learnt++
	return p.byKey[key]
}

func (p *projects) close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shutdown = true
	var errs []error
	for _, exp := range p.byKey {
		errs = append(errs, exp.Shutdown(ctx))
	}
	return errors.Join(errs...)
}
