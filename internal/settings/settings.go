// Package settings parses the text of environment variables and configuration
// files. Its errors say what is allowed and never show a value that could be a
// key.
package settings

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// OneOf returns the allowed value that equals text, without regard to case.
func OneOf(text string, allowed ...string) (string, error) {
	for _, value := range allowed {
		if strings.EqualFold(text, value) {
			return value, nil
		}
	}
	last := len(allowed) - 1
	return "", fmt.Errorf("%s is not known: want %s or %s", Show(text), strings.Join(allowed[:last], ", "), allowed[last])
}

// Bool accepts true and false only, not 1 or yes, as OpenTelemetry does.
func Bool(text string) (bool, error) {
	value, err := OneOf(text, "true", "false")
	return value == "true", err
}

// Duration reads a positive duration with its unit, such as 30s.
func Duration(text string) (time.Duration, error) {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return 0, fmt.Errorf("%d has no unit: write %ds for seconds or %dms for milliseconds", n, n, n)
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s is not a duration: write it like 30s, 500ms or 1m30s", Show(text))
	case d <= 0:
		return 0, fmt.Errorf("%v is not positive: write it like 30s, 500ms or 1m30s", d)
	}
	return d, nil
}

// AtLeast reads a whole number that is not below least.
func AtLeast(text string, least int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s is not a whole number: write digits only", Show(text))
	}
	if n < least {
		return 0, fmt.Errorf("%d is too small: the least is %d", n, least)
	}
	return n, nil
}

// List reads names between commas. Empty ones are left out.
func List(text string) []string {
	var list []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// Properties reads key=value pairs between commas, with the escapes of
// OTEL_RESOURCE_ATTRIBUTES: %2C is a comma. All values are strings.
func Properties(text string) ([]attribute.KeyValue, error) {
	var list []attribute.KeyValue
	n := 0
	for pair := range strings.SplitSeq(text, ",") {
		n++
		if strings.TrimSpace(pair) == "" {
			continue // a comma at the end
		}
		key, value, found := strings.Cut(pair, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !found || key == "" {
			return nil, fmt.Errorf("pair %d is not key=value: write it like team=search,region=eu", n)
		}
		value, err := url.PathUnescape(value)
		if err != nil {
			return nil, fmt.Errorf("pair %d has a broken %% escape: write %%25 for a percent sign", n)
		}
		list = append(list, attribute.String(key, value))
	}
	if len(list) == 0 {
		return nil, errors.New("there is no pair: write it like team=search,region=eu")
	}
	return list, nil
}

// secret matches the beginnings of the keys of PostHog and of model providers.
var secret = regexp.MustCompile(`(?i)ph[a-z]_|sk-|bearer|://`)

// Show quotes a value for an error. A value that could hold a key, a password or
// a text is not shown.
func Show(text string) string {
	if len(text) > 40 || secret.MatchString(text) {
		return "the value (not shown)"
	}
	return strconv.Quote(text)
}
