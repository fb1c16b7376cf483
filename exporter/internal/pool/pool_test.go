package pool_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

func TestOneStays(t *testing.T) {
	t.Parallel()
	var p pool.Pool[int]
	require.Nil(t, p.Get())
	x := new(int)
	p.Put(x)
	p.Put(new(int))
	for range 3 {
		runtime.GC()
	}
	require.Same(t, x, p.Get())
	p.Put(x)
	require.Same(t, x, p.Get())
}

func TestConcurrentSafe(t *testing.T) {
	t.Parallel()
	var p pool.Pool[int]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				x := p.Get()
				if x == nil {
					x = new(int)
				}
				*x++ // the race detector sees it when two have the same
				p.Put(x)
			}
		})
	}
	wg.Wait()
}
