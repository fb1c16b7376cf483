package main

import (
	"context"
	"sync"

	"github.com/nats-io/nats.go"
)

// worker is hop 5: it acknowledges a message at once, and works on in goroutines
// that outlive it.
type worker struct {
	telemetry *telemetry
	jobs      sync.WaitGroup
}

func startWorker(brokerURL string, t *telemetry) (stop func(context.Context) error, err error) {
	queue, err := nats.Connect(brokerURL)
	if err != nil {
		return nil, err
	}
	w := &worker{telemetry: t}
	sub, err := subscribe(t, queue, w.handle)
	if err == nil {
		err = queue.Flush() // the broker knows of the subscription before anybody sends
	}
	if err != nil {
		queue.Close()
		return nil, err
	}
	return func(context.Context) error {
		err := sub.Unsubscribe()
		queue.Close()
		w.jobs.Wait()
		return err
	}, nil
}

func (w *worker) handle(ctx context.Context, draft string) {
	// WithoutCancel keeps the values of the context, trace and baggage among them,
	// and drops the end. context.Background() here would lose the session, and ctx
	// alone would cancel the work.
	ctx = context.WithoutCancel(ctx)
	w.jobs.Go(func() {
		_ = runAgent(ctx, w.telemetry, "worker", func(ctx context.Context) error {
			var both sync.WaitGroup
			both.Go(func() { askModel(ctx, w.telemetry, "Correct the spelling: "+draft) })
			both.Go(func() { askModel(ctx, w.telemetry, "Give it a title: "+draft) })
			both.Wait()
			return ctx.Err()
		})
	})
}
