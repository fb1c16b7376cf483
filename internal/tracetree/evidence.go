package tracetree

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// evidence is what one or more spans say about one call.
type evidence struct {
	id     string
	input  uint64
	usage  Usage
	models [4]string // more are not compared
}

func evidenceOf(f *Facts) evidence {
	d := evidence{id: f.ResponseID, input: f.Input, usage: f.Usage}
	d.addModel(f.Models[0])
	d.addModel(f.Models[1])
	return d
}

func (d *evidence) addModel(m string) {
	for i := range d.models {
		if d.models[i] == m {
			return
		}
		if d.models[i] == "" {
			d.models[i] = m
			return
		}
	}
}

// add adds the evidence of another span. The result does not depend on the
// order.
func (d *evidence) add(o *evidence) {
	if d.id == "" {
		d.id = o.id
	}
	if d.input == 0 || o.input != 0 && o.input < d.input {
		d.input = o.input
	}
	if compareUsage(&o.usage, &d.usage) > 0 {
		d.usage = o.usage
	}
	for _, m := range o.models {
		if m != "" {
			d.addModel(m)
		}
	}
}

// compareUsage is positive if a has more counts than b: any counts first, then
// cache counts.
func compareUsage(a, b *Usage) int {
	return cmp.Or(compareBool(a.Known(), b.Known()), cmp.Compare(a.CacheRead+a.CacheCreation, b.CacheRead+b.CacheCreation),
		cmp.Compare(a.Input, b.Input), cmp.Compare(a.Output, b.Output), cmp.Compare(a.Reasoning, b.Reasoning))
}

// enclose reports whether an outer span reports the same call as the inner
// ones. The times have been compared.
func (d *evidence) enclose(inner *evidence) bool {
	return !d.contradicts(inner) && d.sharesModel(inner)
}

// twin reports whether two siblings report the same call: both must know both
// counts.
func (d *evidence) twin(o *evidence) bool {
	return d.usage.Input > 0 && d.usage.Output > 0 && o.usage.Input > 0 && o.usage.Output > 0 &&
		!d.contradicts(o) && d.sharesModel(o)
}

func (d *evidence) contradicts(o *evidence) bool {
	return d.id != "" && o.id != "" && d.id != o.id ||
		d.input != 0 && o.input != 0 && d.input != o.input ||
		d.usage.Input > 0 && o.usage.Input > 0 && !common(d.usage.inputs(), o.usage.inputs()) ||
		d.usage.Output > 0 && o.usage.Output > 0 && !common(d.usage.outputs(), o.usage.outputs())
}

// inputs returns the possible input tokens: some libraries include cached
// tokens, some do not.
func (u Usage) inputs() [2]int64 { return [2]int64{u.Input, u.Input + u.CacheRead + u.CacheCreation} }

// outputs is the same for output and reasoning tokens.
func (u Usage) outputs() [2]int64 { return [2]int64{u.Output, u.Output + u.Reasoning} }

func common(a, b [2]int64) bool {
	return a[0] == b[0] || a[0] == b[1] || a[1] == b[0] || a[1] == b[1]
}

func (d *evidence) sharesModel(o *evidence) bool {
	for _, m := range d.models {
		if m != "" && slices.ContainsFunc(o.models[:], func(n string) bool { return SameModel(m, n) }) {
			return true
		}
	}
	return false
}

// twinKey is what siblings that report the same call have in common.
type twinKey struct {
	trace         trace.TraceID
	parent        trace.SpanID
	kind          Kind
	input, output int64
}

// maxTwins bounds how many siblings with equal counts are compared with one.
const maxTwins = 16

// siblings joins calls of different scopes below one parent. A call has at most
// one twin in another scope, so that two equal concurrent calls stay two.
func (c *calls) siblings() {
	if c.twins == nil {
		c.twins = make(map[twinKey][]int)
	}
	clear(c.twins)
	for i := range c.list {
		s := c.spanOf(i)
		if u := s.Facts.Usage; s.Open || !s.Parent.IsValid() || u.Input <= 0 || u.Output <= 0 {
			continue
		}
		keys := c.twinKeys(i)
		if twin := c.twin(i, keys); twin >= 0 {
			c.join(twin, i)
		}
		for _, k := range keys {
			c.twins[k] = append(c.twins[k], i)
		}
	}
}

// twinKeys returns a key for each possible count of a call.
func (c *calls) twinKeys(i int) []twinKey {
	s := c.spanOf(i)
	keys := make([]twinKey, 0, 4)
	for _, input := range s.Facts.Usage.inputs() {
		for _, output := range s.Facts.Usage.outputs() {
			k := twinKey{s.Trace, s.Parent, c.kindOf(i), input, output}
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// twin returns the latest sibling that reports the same call, or -1.
func (c *calls) twin(i int, keys []twinKey) int {
	best := -1
	for _, k := range keys {
		bucket := c.twins[k]
		for _, j := range slices.Backward(bucket[max(0, len(bucket)-maxTwins):]) {
			if j > best && overlap(c.spanOf(i), c.spanOf(j)) && c.evidence(i).twin(c.evidence(j)) && !c.sharesScope(i, j) {
				best = j
				break
			}
		}
	}
	return best
}

func overlap(a, b *Span) bool { return a.Start < b.End && b.Start < a.End || a.Start == b.Start }

// sharesScope reports whether two groups have spans of the same scope: then
// they are two calls, unless their response ids are equal.
func (c *calls) sharesScope(i, j int) bool {
	if c.find(i) == c.find(j) {
		return true // and there is nothing to join
	}
	looked := 0
	for a := i; ; {
		for b := j; ; {
			if looked++; looked > maxTwins*maxTwins || c.spanOf(a).Scope == c.spanOf(b).Scope {
				return true
			}
			if b = c.list[b].next; b == j {
				break
			}
		}
		if a = c.list[a].next; a == i {
			return false
		}
	}
}
