package jsontree

import "go.opentelemetry.io/otel/attribute"

// isContainer reports whether a value can hold other values.
func isContainer(v attribute.Value) bool {
	return v.Type() == attribute.SLICE || v.Type() == attribute.MAP
}

// deepText returns the JSON of a value without recursion: the value comes from
// the network and may be nested deeper than the stack allows.
func deepText(v attribute.Value) string {
	// level is a list or a map of which the first next entries are written.
	type level struct {
		items   []attribute.Value
		members []attribute.KeyValue
		isMap   bool
		next    int
	}
	var out []byte
	var open []level
	enter := func(v attribute.Value) {
		switch v.Type() {
		case attribute.SLICE:
			out = append(out, '[')
			open = append(open, level{items: v.AsSlice()})
		case attribute.MAP:
			out = append(out, '{')
			open = append(open, level{members: lastOfEqualKeys(v.AsMap()), isMap: true})
		default:
			out = AppendValue(out, v)
		}
	}
	for enter(v); len(open) > 0; {
		l := &open[len(open)-1]
		if l.next == len(l.items)+len(l.members) {
			if l.isMap {
				out = append(out, '}')
			} else {
				out = append(out, ']')
			}
			open = open[:len(open)-1]
			continue
		}
		if l.next > 0 {
			out = append(out, ',')
		}
		l.next++
		if !l.isMap {
			enter(l.items[l.next-1])
			continue
		}
		kv := l.members[l.next-1]
		out = append(AppendString(out, string(kv.Key)), ':')
		enter(kv.Value)
	}
	return string(out)
}
