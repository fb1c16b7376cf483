package otelconf

import (
	"fmt"
	"slices"
	"strings"
)

// suggest returns what else a key may have been meant to be.
func suggest(key string, known []string) string {
	if other, ok := otherNames[strings.ToLower(key)]; ok && slices.Contains(known, other) {
		return fmt.Sprintf(": did you mean %s?", other)
	}
	for _, f := range fields {
		if f.name == key || f.name == otherNames[key] {
			return fmt.Sprintf(": %s belongs below %s", f.name, f.section)
		}
	}
	best, least := "", 4 // further away it is another word
	for _, name := range known {
		if d := distance(strings.ToLower(key), name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %s?", best)
	}
	return ": want " + strings.Join(known, ", ")
}

// distance counts the letters to add, remove or replace. Keys that are too long to
// be a slip of the finger are far away.
func distance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
