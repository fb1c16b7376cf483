// Package pool keeps buffers and the like for the next time.
package pool

import (
	"sync"
	"sync/atomic"
)

// Pool is a sync.Pool that holds one thing for good, so that who exports one
// batch after the other allocates nothing anew. What more there is, of a time
// with many at once, goes when the garbage collector wants it. The zero value is
// empty.
type Pool[T any] struct {
	one  atomic.Pointer[T]
	more sync.Pool
}

// Get takes something out. It returns nil when there is nothing.
func (p *Pool[T]) Get() *T {
	if x := p.one.Swap(nil); x != nil {
		return x
	}
	x, _ := p.more.Get().(*T)
	return x
}

// Put gives it back. The caller must not use it any more.
func (p *Pool[T]) Put(x *T) {
	if !p.one.CompareAndSwap(nil, x) {
		p.more.Put(x)
	}
}
