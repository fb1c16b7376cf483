package otelconf_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/contrib/otelconf"
)

// mistake is a file with one mistake. A node without file_format is that of a
// posthog processor.
type mistake struct {
	name, node, says string
	schema           bool // the schema finds it, too
}

func (m mistake) text() string {
	if strings.Contains(m.node, "file_format") {
		return m.node
	}
	return "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - posthog:\n" +
		"        " + strings.ReplaceAll(strings.TrimSpace(m.node), "\n", "\n        ") + "\n"
}

const at = "tracer_provider.processors[0].posthog"

var mistakes = []mistake{
	{"another name", "exporter:\n  api_key: phc_x\n  host: x", "line 7: " + at + `.exporter: unknown key "host": did you mean endpoint?`, true},
	{"a slip", "exporter:\n  api_key: phc_x\n  compression_: gzip", "line 7: " + at + `.exporter: unknown key "compression_": did you mean compression?`, true},
	{"another section", "exporter:\n  api_key: phc_x\n  content: none", `unknown key "content": content belongs below privacy`, true},
	{"another name in another section", "exporter:\n  api_key: phc_x\n  privacy_mode: true", `unknown key "privacy_mode": content belongs below privacy`, true},
	{"unknown section", "exporter: {api_key: phc_x}\nsesion: {}", `unknown key "sesion": did you mean session?`, true},
	{"unknown", "exporter: {api_key: phc_x}\nsession:\n  nothing_like_it: 1", "want trusted_hosts, cookie", true},
	{"a key as key", "exporter:\n  api_key: phc_x\n  phc_x: 1", "unknown key the value (not shown)", true},
	{"twice", "exporter:\n  api_key: phc_x\n  capture: ai\n  capture: v1", "line 8: " + at + ".exporter.capture: this key is there twice", false},
	{"no unit", "exporter:\n  api_key: phc_x\n  timeout: 30", "line 7: " + at + ".exporter.timeout: 30 has no unit: write 30s", true},
	{"no word", "exporter:\n  api_key: phc_x\n  capture: otlp", `.exporter.capture: "otlp" is not known: want auto, batch, ai or v1`, true},
	{"no flag", "exporter: {api_key: phc_x}\nsession:\n  trace_events: 1", `.session.trace_events: "1" is not known: want true or false`, true},
	{"no number", "exporter: {api_key: phc_x}\nbatch:\n  max_queue_size: many", `.batch.max_queue_size: "many" is not a whole number`, true},
	{"too small", "exporter:\n  api_key: phc_x\n  max_event_bytes: 100", "the least is 16384", false},
	{"a list for a text", "exporter:\n  api_key: [phc_x]", "line 6: " + at + ".exporter.api_key: a list is here, want a text", true},
	{"a text for a list", "exporter: {api_key: phc_x}\nsession:\n  trusted_hosts: loopback", ".session.trusted_hosts: a single value is here, want a list", true},
	{"a mapping in a list", "exporter: {api_key: phc_x}\nsession:\n  trusted_hosts: [{a: b}]", ".session.trusted_hosts[0]: a mapping is here, want a text", true},
	{"a list for a mapping", "exporter:\n  api_key: phc_x\n  properties: [a]", ".exporter.properties: a list is here, want a mapping", true},
	{"a text for a section", "exporter: phc_x", at + ".exporter: a single value is here, want a mapping with api_key", true},
	{"no key", "exporter:\n  api_key: ${NOT_SET}", "line 6: " + at + ".exporter.api_key: it is missing or empty", false},
	{"nothing", "{}", at + ".exporter.api_key: it is missing or empty", false},
	{"personal key", "exporter:\n  api_key: phx_x", "begins with phx_", false},
	{"broken reference", "exporter:\n  api_key: ${1}", "a reference to a variable is broken", false},
	{"unclosed reference", "exporter:\n  api_key: \"${A\"", "a reference to a variable is broken", false},
	{"bad endpoint", "exporter:\n  api_key: phc_x\n  endpoint: eu.i.posthog.com", at + ": exporter.endpoint: the address must begin with https://", false},
	{"plain endpoint", "exporter:\n  api_key: phc_x\n  endpoint: http://posthog.example.com", "ask for it by exporter.insecure: true", false},
	{"zstd", "exporter:\n  api_key: phc_x\n  compression: zstd", "exporter.compression(zstd) needs exporter.capture: v1", false},
	{"session for all", "exporter:\n  api_key: phc_x\n  properties: {$session_id: s}", "exporter.properties: $session_id is reserved", false},
	{"bad host", "exporter: {api_key: phc_x}\nsession:\n  trusted_hosts: [\"*\"]", ".session.trusted_hosts: ", false},
	{"a secret that is not set", "exporter: {api_key: phc_x}\nprivacy:\n  hashed_distinct_id: ${NOT_SET}", "line 7: " + at + ".privacy.hashed_distinct_id: it is empty", false},
	{"a level that is not set", "exporter: {api_key: phc_x}\nprivacy:\n  content: ${NOT_SET}", ".privacy.content: it is empty", false},
	{"a redactor that is not set", "exporter: {api_key: phc_x}\nprivacy:\n  redaction: [email, \"${NOT_SET}\"]", ".privacy.redaction: it is empty", false},
	{"no redactor", "exporter: {api_key: phc_x}\nprivacy:\n  redaction: [names]", "names", false},
	{"no property", "exporter: {api_key: phc_x}\nprivacy:\n  allowed_properties: [\"*\"]", "privacy.allowed_properties", false},
	{"the Collector's name", "exporter: {api_key: phc_x}\nprivacy:\n  redact_binary: false", "did you mean without_redaction?", true},
	{"no format", "tracer_provider: {} # file_format", `file_format: want "1.0"`, true},
	{"old format", "file_format: \"0.3\"\n", `line 1: file_format: want "1.0"`, false},
	{"future format", "file_format: \"9.9\"\n", `line 1: file_format: want "1.0"`, false},
	{"empty", "# file_format\n", "the file holds no configuration", false},
	{"no YAML", "file_format: [", "not YAML", false},
	{"two", "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - posthog: {exporter: {api_key: phc_x}}\n    - posthog: {exporter: {api_key: phc_x}}\n", "line 5: tracer_provider.processors[1].posthog: a second posthog", false},
	{"no dash", "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - posthog: {exporter: {api_key: phc_x}}\n      batch: {}\n", "it stands beside another key", false},
	{"settings in the propagator", "file_format: \"1.0\"\npropagator:\n  composite:\n    - posthog: {trusted_hosts: [a]}\n", "line 4: propagator.composite[0].posthog: it has no settings", false},
	{"in the list of propagators", "file_format: \"1.0\"\npropagator:\n  composite_list: tracecontext,posthog\n", "line 3: propagator.composite_list: leave posthog out", false},
	{"another processor", "file_format: \"1.0\"\ntracer_provider:\n  processors:\n    - nothing: {}\n", "OpenTelemetry's part of the file", false},
}

func TestMistakes(t *testing.T) {
	clean(t)
	for _, tt := range mistakes {
		if tt.says == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			sdk, err := otelconf.NewFromYAML(t.Context(), []byte(tt.text()))
			require.Nil(t, sdk)
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "phc_x")
			require.NotContains(t, err.Error(), "With", "an option is no setting")
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	clean(t)
	_, err := otelconf.NewFromYAML(t.Context(), []byte(mistake{node: "exporter:\n  host: a\n  timeout: 30\nsession:\n  hold: soon"}.text()))
	require.ErrorContains(t, err, "unknown key")
	require.ErrorContains(t, err, "has no unit")
	require.ErrorContains(t, err, ".session.hold")
	require.ErrorContains(t, err, "api_key")
}

// FuzzFile: no file makes it panic.
func FuzzFile(f *testing.F) {
	for _, tt := range mistakes {
		f.Add([]byte(tt.text()))
	}
	f.Add([]byte("file_format: \"1.0\"\na: &a [*a]\n"))
	f.Add([]byte("file_format: \"1.0\"\ntracer_provider: &a\n  processors: [{posthog: *a}]\n"))
	f.Fuzz(func(_ *testing.T, text []byte) { _ = otelconf.Parse(text) })
}
