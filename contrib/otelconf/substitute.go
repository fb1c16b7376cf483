package otelconf

import (
	"errors"
	"regexp"
	"strings"
)

// reference is a dollar sign with what may follow it: $$, ${NAME}, ${env:NAME} or
// ${NAME:-default}.
var reference = regexp.MustCompile(`\$\$|\$\{[^}\n]*\}?`)

var variable = regexp.MustCompile(`^\$\{(?:env:)?([a-zA-Z_][a-zA-Z0-9_]*)(?::-([^}\n]*))?\}$`)

// substitute replaces references to environment variables as OpenTelemetry's
// specification of the configuration file says. What a variable holds is not
// substituted again.
func substitute(text string, getenv func(string) string) (string, error) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	var err error
	text = reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		parts := variable.FindStringSubmatch(found)
		if parts == nil {
			err = errors.New("a reference to a variable is broken: write it like ${NAME} or ${NAME:-default}, and a dollar sign as $$")
			return ""
		}
		if set := getenv(parts[1]); set != "" {
			return set
		}
		return parts[2]
	})
	return text, err
}
