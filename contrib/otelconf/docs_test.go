package otelconf_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	yaml "go.yaml.in/yaml/v3"

	"github.com/otelposthog/otelposthog-go/contrib/otelconf"
)

var update = flag.Bool("update", false, "write schema.json and the table in README.md anew")

// TestSchema compares schema.json with the settings that the parser knows.
func TestSchema(t *testing.T) {
	t.Parallel()
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(otelconf.Schema()))
	if *update {
		require.NoError(t, os.WriteFile("schema.json", want.Bytes(), 0o644))
	}
	got, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	require.Equal(t, want.String(), string(got), "go test -run 'Schema|Table' -update writes it anew")
}

func TestTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	table := regexp.MustCompile(`(?m)^\| setting \| value \| meaning \|\n(\|.*\n)+`)
	if *update {
		page = table.ReplaceAllLiteral(page, []byte(otelconf.Table()))
		require.NoError(t, os.WriteFile("README.md", page, 0o644))
	}
	require.Equal(t, otelconf.Table(), string(table.Find(page)), "go test -run 'Schema|Table' -update writes it anew")
}

// compile reads schema.json as an editor does.
func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile("schema.json")
	require.NoError(t, err)
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, text []byte) error {
	t.Helper()
	var doc any
	require.NoError(t, yaml.Unmarshal(text, &doc))
	return schema.Validate(doc)
}

func TestSchemaTakesSamples(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	files, err := filepath.Glob("samples/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, validate(t, schema, text), file)
	}
}

// TestSchemaAgreesWithParser: what the schema refuses, the parser refuses.
func TestSchemaAgreesWithParser(t *testing.T) {
	t.Parallel()
	schema := compile(t)
	for _, tt := range mistakes {
		if tt.schema {
			require.Error(t, validate(t, schema, []byte(tt.text())), tt.name)
		}
	}
}
