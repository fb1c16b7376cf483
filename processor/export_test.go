package processor

import "fmt"

// Remembered returns how many open spans, ended spans and traces p remembers,
// and how many entries of spans exist in all, those on free lists excluded.
func (p *Processor) Remembered() (open, ended, traces, entries int) {
	m := p.memory
	if m == nil {
		return 0, 0, 0, 0
	}
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		entries += len(sh.live())
		traces += len(sh.traces.ring)
		sh.mu.Unlock()
	}
	n := func(r role) int { return int(m.sizes[r].n.Load()) }
	return n(openSpan), n(endedSpan) + n(endedAI), traces, entries
}

// Contents returns how many traces p gathers messages for.
func (p *Processor) Contents() (n int) {
	for i := range p.memory.shards {
		sh := &p.memory.shards[i]
		sh.mu.Lock()
		for i := range sh.traces.ring {
			if sh.traces.ring[i].root() != nil {
				n++
			}
		}
		sh.mu.Unlock()
	}
	return n
}

// Held returns how many bytes of messages p says that it holds, and how many they
// are.
func (p *Processor) Held() (counted, real int) {
	for i := range p.memory.shards {
		sh := &p.memory.shards[i]
		sh.mu.Lock()
		counted += sh.traces.held
		for i := range sh.traces.ring {
			if r := sh.traces.ring[i].root(); r != nil {
				real += sizeOf(r.input) + sizeOf(r.output)
			}
		}
		sh.mu.Unlock()
	}
	return counted, real
}

// live returns the entries that can be reached, with the references to each.
func (sh *shard) live() map[*entry]int32 {
	refs := map[*entry]int32{}
	for _, e := range sh.entries {
		for ; e != nil; e = e.parent {
			if _, ok := refs[e]; ok {
				break
			}
			refs[e] = 0
		}
	}
	for e := range refs {
		if e.parent != nil {
			refs[e.parent]++
		}
	}
	return refs
}

// Check verifies what must hold of the memory between any two calls.
func (p *Processor) Check() error {
	m := p.memory
	var sums [roles]int64
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		err := sh.check(&sums)
		sh.mu.Unlock()
		if err != nil {
			return fmt.Errorf("shard %d: %w", i, err)
		}
	}
	for r := range sums {
		if n := m.sizes[r].n.Load(); n != sums[r] {
			return fmt.Errorf("role %d: %d counted over all shards, %d there", r, n, sums[r])
		}
	}
	return nil
}

func (sh *shard) check(sums *[roles]int64) error {
	live := sh.live()
	var sizes [roles]int64
	for e, refs := range live {
		sizes[e.role]++
		switch {
		case e.refs != refs:
			return fmt.Errorf("%v has %d references and counts %d", e.key, refs, e.refs)
		case (e.role == unlisted) != (sh.entries[e.key] != e), (e.role == unlisted) != e.kept:
			return fmt.Errorf("%v is in role %d, kept %t", e.key, e.role, e.kept)
		case e.ended != (e.role != openSpan), e.ended && e.span != nil:
			return fmt.Errorf("%v is in role %d, ended %t", e.key, e.role, e.ended)
		}
	}
	for r := openSpan; r < roles; r++ {
		n, last := int64(0), (*entry)(nil)
		for e := sh.lists[r].head; e != nil; e = e.next {
			if _, ok := live[e]; !ok || e.role != r || e.prev != last {
				return fmt.Errorf("list %d is broken at %v", r, e.key)
			}
			n, last = n+1, e
		}
		if n != sizes[r] || sh.lists[r].tail != last {
			return fmt.Errorf("list %d has %d entries of %d", r, n, sizes[r])
		}
	}
	free := map[*entry]bool{}
	for e := sh.free; e != nil; e = e.next {
		if _, ok := live[e]; ok || free[e] || e.key != (key{}) || e.parent != nil {
			return fmt.Errorf("the free list is broken at %v", e.key)
		}
		free[e] = true
	}
	for r := range sizes {
		if sizes[r] != sh.sizes[r] {
			return fmt.Errorf("role %d: %d counted, %d there", r, sh.sizes[r], sizes[r])
		}
		sums[r] += sizes[r]
	}
	return nil
}
