// Package pool reuses buffers and similar objects.
package pool

import (
	"sync"
	"sync/atomic"
)

// Pool is a sync.Pool that always keeps one item, so that sequential exports do
// not allocate. Further items, from concurrent exports, may be freed by the
// garbage collector. The zero value is empty.
type Pool[T any] struct {
	one  atomic.Pointer[T]
	more sync.Pool
}

// Get takes an item out, or returns nil if there is none.
func (p *Pool[T]) Get() *T {
	if x := p.one.Swap(nil); x != nil {
		return x
	}
	x, _ := p.more.Get().(*T)
	return x
}

// Put gives an item back. The caller must not use it any more.
func (p *Pool[T]) Put(x *T) {
	if !p.one.CompareAndSwap(nil, x) {
		p.more.Put(x)
	}
}
