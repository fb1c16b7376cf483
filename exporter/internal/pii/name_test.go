package pii_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pii"
)

func ExampleSecretName() {
	fmt.Println(pii.SecretName("http.request.header.authorization"), pii.SecretName("gen_ai.request.max_tokens"))
	// Output: true false
}

func TestSecretName(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/secret_names.txt")
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	names := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		answer, name, _ := strings.Cut(lines.Text(), " ")
		if answer != "yes" && answer != "no" {
			continue
		}
		names++
		require.Equal(t, answer == "yes", pii.SecretName(name), "%q", name)
	}
	require.Greater(t, names, 200)
}

func TestSecretNameAllocatesNothing(t *testing.T) {
	require.Zero(t, testing.AllocsPerRun(10, func() { pii.SecretName("http.request.header.X-Amz-Security-Token") }))
}
