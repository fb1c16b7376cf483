package otelconf

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otelposthog/otelposthog-go/internal/settings"
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
		if len(key) >= len(name)+least { // so is a much longer one, which is slow to compare
			continue
		}
		if d := settings.Distance(strings.ToLower(key), name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	if best != "" {
		return fmt.Sprintf(": did you mean %s?", best)
	}
	return ": want " + strings.Join(known, ", ")
}
