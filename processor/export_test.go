package processor

// Remembered returns how many open spans, ended spans and traces p remembers,
// and how many entries exist in all, those on free lists excluded.
func (p *Processor) Remembered() (open, ended, traces, entries int) {
	m := p.memory
	if m == nil {
		return 0, 0, 0, 0
	}
	live := map[*entry]bool{}
	for i := range m.shards {
		sh := &m.shards[i]
		sh.mu.Lock()
		for _, e := range sh.entries {
			for ; e != nil && !live[e]; e = e.parent {
				live[e] = true
			}
		}
		sh.mu.Unlock()
	}
	n := func(r role) int { return int(m.sizes[r].n.Load()) }
	return n(openSpan), n(endedSpan) + n(endedAI), n(traceRole), len(live)
}
