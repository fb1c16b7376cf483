package capture

import (
	"sync"
	"sync/atomic"
)

// pool keeps things for the next time. One is held for good, so that a client
// that sends one batch after the other allocates nothing anew; more, of a time
// with many senders, go when the garbage collector wants them.
type pool[T any] struct {
	one  atomic.Pointer[T]
	more sync.Pool
}

// get returns nil when there is nothing.
func (p *pool[T]) get() *T {
	if x := p.one.Swap(nil); x != nil {
		return x
	}
	x, _ := p.more.Get().(*T)
	return x
}

func (p *pool[T]) put(x *T) {
	if !p.one.CompareAndSwap(nil, x) {
		p.more.Put(x)
	}
}
