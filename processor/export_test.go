package processor

// Remembered returns how many spans the processor knows.
func (p *Processor) Remembered() int64 { return p.memory.spans.Load() }

// StateBytes returns how much is kept for trace events.
func (p *Processor) StateBytes() int64 { return p.memory.states.Load() }
