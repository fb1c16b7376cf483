package pii

import "slices"

// Spans returns where the notes of a set come from, redactor by redactor.
func Spans(set *Set, text string) (spans [][2]int) {
	for i := range set.redactors {
		find := set.redactors[i].find
		for start, end := find(text, 0, nil); start >= 0; start, end = find(text, end, nil) {
			taken := func(at [2]int) bool { return at[0] < end && start < at[1] }
			if !slices.ContainsFunc(spans, taken) { // else the redactor before has replaced it
				spans = append(spans, [2]int{start, end})
			}
		}
	}
	return spans
}

// Steps is Redact, and how many bytes it looked at.
func Steps(set *Set, text string) (out string, steps int) {
	var m meter
	for i := range set.redactors {
		text = set.replace(&set.redactors[i], text, &m)
	}
	return text, int(m)
}
