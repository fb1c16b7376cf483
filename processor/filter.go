package processor

import (
	"errors"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// noticeInterval is how often a filter that panics is told of at most.
const noticeInterval = time.Minute

var errFilterPanicked = errors.New("otelposthog: the function of processor.WithFilter panicked: " +
	"the span that it was asked about is not handed on")

// isAI asks the filter. Its function is foreign code that runs where an
// application ends its spans, or in a goroutine of the processor, where nobody
// could recover. After a panic the answer is no, as it is unknown whether the span
// may leave.
func (p *Processor) isAI(s sdktrace.ReadOnlySpan) (ai bool) {
	defer func() {
		if recover() == nil {
			return
		}
		p.memory.filterPanics.Add(1)
		last, now := p.filterTold.Load(), time.Now().UnixNano()
		if now-last >= int64(noticeInterval) && p.filterTold.CompareAndSwap(last, now) {
			otel.Handle(errFilterPanicked)
		}
	}()
	return p.cfg.isAI(s)
}
