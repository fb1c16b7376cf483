package otelconf

import (
	"fmt"
	"strings"
)

// Schema is schema.json, made of the fields that the parser knows.
func Schema() map[string]any {
	const variable = `\$\{[^}]+\}`
	pattern := func(p string) map[string]any {
		return map[string]any{"type": "string", "pattern": p + "|" + variable}
	}
	anyOf := func(other map[string]any) map[string]any {
		return map[string]any{"anyOf": []any{other, pattern("^$")}}
	}
	texts := map[string]any{"type": []any{"string", "number", "boolean"}}
	object := func(properties map[string]any) map[string]any {
		return map[string]any{"type": []any{"object", "null"}, "properties": properties, "additionalProperties": false}
	}
	posthog := make(map[string]any)
	for _, section := range sections() {
		properties := make(map[string]any)
		for _, f := range fields {
			if f.section != section {
				continue
			}
			var values []any
			for _, v := range f.values {
				values = append(values, v)
			}
			s := map[kind]map[string]any{
				text:     {"type": []any{"string", "null"}},
				word:     anyOf(map[string]any{"enum": values}),
				flag:     anyOf(map[string]any{"type": "boolean"}),
				duration: pattern(`^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h))+$`),
				integer:  anyOf(map[string]any{"type": "integer", "minimum": 1}),
				list:     {"type": "array", "items": map[string]any{"type": "string"}},
				mapping:  {"type": "object", "additionalProperties": texts},
			}[f.kind]
			s["description"] = f.doc
			properties[f.name] = s
		}
		posthog[section] = object(properties)
	}
	node := object(posthog)
	node["description"] = "Sends AI spans to PostHog, with the browser session on them."
	within := func(name string, s map[string]any) map[string]any {
		return map[string]any{"properties": map[string]any{name: s}}
	}
	schema := within("tracer_provider", within("processors", map[string]any{"items": within("posthog", node)}))
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "The posthog nodes in a configuration file of OpenTelemetry"
	schema["type"] = "object"
	schema["required"] = []any{"file_format"}
	return schema
}

// Table is the table of settings in the README.
func Table() string {
	var b strings.Builder
	b.WriteString("| setting | value | meaning |\n|---|---|---|\n")
	for _, f := range fields {
		want := wants[f.kind]
		if f.kind == word {
			want = strings.Join(f.values, ", ")
		}
		fmt.Fprintf(&b, "| `%s.%s` | %s | %s |\n", f.section, f.name, want, f.doc)
	}
	return b.String()
}

// Parse reads a file and starts nothing.
func Parse(text []byte) error {
	_, err := parse(text)
	return err
}
