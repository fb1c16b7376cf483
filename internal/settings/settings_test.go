package settings_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/settings"
)

func TestGoodValues(t *testing.T) {
	t.Parallel()
	word, err := settings.OneOf("GZIP", "none", "gzip")
	require.NoError(t, err)
	require.Equal(t, "gzip", word)

	yes, err := settings.Bool("True")
	require.NoError(t, err)
	require.True(t, yes)

	d, err := settings.Duration("1m30s")
	require.NoError(t, err)
	require.Equal(t, 90*time.Second, d)

	n, err := settings.AtLeast("7", 7)
	require.NoError(t, err)
	require.Equal(t, 7, n)

	require.Equal(t, []string{"a", "b"}, settings.List(" a,,b, "))

	list, err := settings.Properties("a=1, b = x%2Cy=z ,")
	require.NoError(t, err)
	require.Equal(t, []attribute.KeyValue{attribute.String("a", "1"), attribute.String("b", "x,y=z")}, list)
}

func TestShow(t *testing.T) {
	t.Parallel()
	require.Equal(t, `"soon"`, settings.Show("soon"))
	for _, value := range []string{"phc_abc", "phx_abc", "sk-abc", "Bearer abc", "https://user:pass@host", "a text that is long enough to be the content of something"} {
		require.Equal(t, "the value (not shown)", settings.Show(value))
	}
}

// FuzzProperties: what is read has a key in each pair, whatever the text.
func FuzzProperties(f *testing.F) {
	for _, text := range []string{"a=1,b=2", "a=%2C", "=", "a==,", "%", "a=%zz"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		require.Equal(t, []string{"a", "b"}, settings.List(" a,,b, "))

		list, err := settings.Properties(text)
		if err == nil && len(list) == 0 {
			t.Fatal("neither pairs nor an error")
		}
		for _, kv := range list {
			if kv.Key == "" {
				t.Fatal("a pair without key")
			}
		}
	})
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "email", 5},
		{"email", "", 5},
		{"email", "email", 0},
		{"emial", "email", 2},
		{"mail", "email", 1},
		{"emails", "email", 1},
		{"phone", "iban", 4},
	} {
		require.Equal(t, c.want, settings.Distance(c.a, c.b), "%q, %q", c.a, c.b)
	}
}
