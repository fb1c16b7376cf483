package posthogexporter

import (
	"container/list"
	"context"
	"errors"
	"sync"

	posthog "github.com/otelposthog/otelposthog-go/exporter"
)

// maxIdleProjects bounds the exporters that are kept while they have nothing to send.
// Each holds some buffers and a compressor, of more than a megabyte together; making
// one anew is cheap beside a request.
const maxIdleProjects = 32

// projects lends the exporter of an API key. The least recently used ones are given
// back.
type projects struct {
	options []posthog.Option

	mu    sync.Mutex
	byKey map[string]*project
	idle  *list.List // of *project, the least used in front
}

type project struct {
	key  string
	exp  *posthog.Exporter
	uses int
	idle *list.Element
}

func newProjects(options []posthog.Option) *projects {
	return &projects{options: options, byKey: make(map[string]*project), idle: list.New()}
}

// borrow returns the exporter of a key. The error says why the key cannot be one.
func (p *projects) borrow(key string) (*project, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pr := p.byKey[key]
	if pr == nil {
		exp, err := posthog.New(key, p.options...)
		if err != nil {
			return nil, err
		}
		pr = &project{key: key, exp: exp}
		p.byKey[key] = pr
	}
	if pr.idle != nil {
		p.idle.Remove(pr.idle)
		pr.idle = nil
	}
	pr.uses++
	return pr, nil
}

// giveBack ends the use of an exporter.
func (p *projects) giveBack(ctx context.Context, pr *project) {
	p.mu.Lock()
	pr.uses--
	var out *project
	if pr.uses == 0 {
		pr.idle = p.idle.PushBack(pr)
		if p.idle.Len() > maxIdleProjects {
			out = p.idle.Remove(p.idle.Front()).(*project)
			delete(p.byKey, out.key)
		}
	}
	p.mu.Unlock()
	if out != nil {
		_ = out.exp.Shutdown(ctx) // Nothing is under way.
	}
}

// close ends all of them: what is under way is cut off when ctx ends.
func (p *projects) close(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, pr := range p.byKey {
		errs = append(errs, pr.exp.Shutdown(ctx))
	}
	return errors.Join(errs...)
}
