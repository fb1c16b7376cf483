package replay_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/inspector/internal/replay"
	"github.com/otelposthog/otelposthog-go/inspector/internal/store"
)

// pack writes JSON as posthog-js does: gzip, each byte one character.
func pack(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	var runes []rune
	for _, c := range b.Bytes() {
		runes = append(runes, rune(c))
	}
	quoted, err := json.Marshal(string(runes))
	require.NoError(t, err)
	return string(quoted)
}

func chunk(window, data string) *store.Chunk {
	return &store.Chunk{SessionID: "s", WindowID: window, Data: []byte(data)}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	windows := replay.Windows([]*store.Chunk{
		chunk("b", `[{"type":4,"timestamp":5000,"data":{}}]`),
		chunk("a", `[{"type":3,"timestamp":3000,"cv":"2024-10","data":{"source":0,"adds":`+pack(t, `[{"id":1}]`)+`,"removes":[],"texts":`+pack(t, `[]`)+`}}]`),
		chunk("a", `[{"type":2,"timestamp":1000,"cv":"2024-10","data":`+pack(t, `{"node":{"id":1}}`)+`},{"type":9},{"type":2,"timestamp":2,"cv":"2024-10","data":"no gzip"}]`),
		chunk("a", `{"type":4,"timestamp":2000,"data":{"alone":true}}`),
		{SessionID: "another", WindowID: "a", Data: []byte(`[{"type":4,"timestamp":1}]`)},
	}, "s", 1<<20)
	require.Len(t, windows, 2)
	a, b := windows[0], windows[1]
	require.Equal(t, "a", a.ID)
	require.Equal(t, "b", b.ID)
	require.Equal(t, []int64{1000, 3000}, []int64{a.Start, a.End})
	require.Equal(t, 2, a.Skipped)
	require.Len(t, a.Events, 3, "in order of time, whatever the order of arrival")
	require.JSONEq(t, `{"type":2,"timestamp":1000,"data":{"node":{"id":1}}}`, string(a.Events[0]))
	require.JSONEq(t, `{"type":4,"timestamp":2000,"data":{"alone":true}}`, string(a.Events[1]))
	require.JSONEq(t, `{"type":3,"timestamp":3000,"data":{"source":0,"adds":[{"id":1}],"removes":[],"texts":[]}}`, string(a.Events[2]))
}

func TestWindowsAreBounded(t *testing.T) {
	t.Parallel()
	zeros, err := json.Marshal(string(bytes.Repeat([]byte("0"), 1<<20)))
	require.NoError(t, err)
	bomb := fmt.Sprintf(`[{"type":2,"timestamp":1000,"cv":"2024-10","data":%s}]`, pack(t, string(zeros)))
	small := chunk("a", `[{"type":4,"timestamp":1,"data":{}}]`)
	windows := replay.Windows([]*store.Chunk{small, chunk("a", bomb), chunk("a", bomb)}, "s", 3<<19)
	require.Len(t, windows[0].Events, 2)
	require.Equal(t, 1, windows[0].Skipped)
}

func FuzzWindows(f *testing.F) {
	f.Add([]byte(`[{"type":2,"timestamp":1000,"cv":"2024-10","data":` + pack(f, `{"node":{}}`) + `}]`))
	f.Add([]byte(`[{"type":3,"timestamp":1e3,"cv":"x","data":{"adds":""}}]`))
	f.Add([]byte(`{"type":4,"timestamp":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 16
		size := 0
		for _, w := range replay.Windows([]*store.Chunk{chunk("a", string(data))}, "s", limit) {
			require.LessOrEqual(t, w.Start, w.End)
			for _, e := range w.Events {
				require.True(t, json.Valid(e))
				size += len(e)
			}
		}
		require.LessOrEqual(t, size, 2*limit+len(data))
	})
}
