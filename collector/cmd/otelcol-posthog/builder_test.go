package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	otelposthog "github.com/otelposthog/otelposthog-go"
)

const builder = "go.opentelemetry.io/collector/cmd/builder@v0.165.0"

// TestManifestBuilds runs the builder on builder-config.yaml, with the modules of this
// repository in place of their releases, and has the Collector that comes out validate
// a configuration. The builder's own compilation would begin from nothing; this one
// takes what the other tests have compiled.
func TestManifestBuilds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a Collector")
	}
	t.Parallel()
	ctx := deadline(t)
	out, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	dir := t.TempDir()
	manifest := strings.Replace(read(t, "builder-config.yaml"), "./_build", dir, 1)
	manifest += fmt.Sprintf("\nreplaces:\n  - github.com/otelposthog/otelposthog-go => %s\n  - github.com/otelposthog/otelposthog-go/collector => %s\n", out, filepath.Join(out, "collector"))
	file := filepath.Join(dir, "manifest.yaml")
	require.NoError(t, os.WriteFile(file, []byte(manifest), 0o600))
	run := func(name string, args ...string) string {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "POSTHOG_API_KEY=phc_test")
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, string(text))
		return string(text)
	}
	run("go", "run", builder, "--config", file, "--skip-compilation")
	binary := filepath.Join(dir, "otelcol-posthog")
	run("go", "build", "-o", binary, ".")
	require.Contains(t, run(binary, "--version"), otelposthog.Version)
	config, err := filepath.Abs(filepath.Join("config", "minimal.yaml"))
	require.NoError(t, err)
	run(binary, "validate", "--config", config)
}
