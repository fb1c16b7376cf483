package posthogtest_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/posthogtest"
)

// pack compresses plain; "raw" is deflate without the zlib wrapping.
func pack(t *testing.T, encoding string, plain []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	var w io.WriteCloser
	var err error
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&buf)
	case "deflate":
		w = zlib.NewWriter(&buf)
	case "raw":
		w, err = flate.NewWriter(&buf, flate.DefaultCompression)
	case "zstd":
		w, err = zstd.NewWriter(&buf, zstd.WithEncoderConcurrency(1))
	default:
		return plain
	}
	require.NoError(t, err)
	_, err = w.Write(plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.Bytes()
}

func TestCompression(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, pack, header, query string
		want                            int
	}{
		{"v0 plain", v0Path, "", "", "", 200},
		{"v0 identity", v0Path, "", "identity", "", 200},
		{"v0 gzip", v0Path, "gzip", "gzip", "", 200},
		{"v0 gzip in capitals", v0Path, "gzip", " GZIP ", "", 200},
		{"v0 gzip by query", v0Path, "gzip", "", "gzip", 200},
		{"v0 gzip by query of posthog-js", "/i/v0/e/", "gzip", "", "gzip-js", 200},
		{"v0 gzip by both", v0Path, "gzip", "gzip", "gzip", 200},
		{"v0 AI gzip", v0AIPath, "gzip", "gzip", "", 200},
		{"v0 gzip unsaid", v0Path, "gzip", "", "", 400},
		{"v0 gzip said of plain", v0Path, "", "gzip", "", 400},
		{"v0 zstd", v0Path, "zstd", "zstd", "", 400},
		{"v0 deflate", v0Path, "deflate", "deflate", "", 400},
		{"v0 base64", v0Path, "", "", "base64", 400},
		{"v1 plain", v1Path, "", "", "", 200},
		{"v1 gzip", v1Path, "gzip", "gzip", "", 200},
		{"v1 deflate", v1Path, "deflate", "deflate", "", 200},
		{"v1 deflate without zlib", v1Path, "raw", "deflate", "", 200},
		{"v1 zstd", v1Path, "zstd", "zstd", "", 200},
		{"v1 AI zstd", v1AIPath, "zstd", "zstd", "", 200},
		{"v1 zstd said of plain", v1Path, "", "zstd", "", 400},
		{"v1 deflate said of plain", v1Path, "", "deflate", "", 400},
		{"v1 gzip by query", v1Path, "gzip", "", "gzip", 400},
		{"v1 brotli", v1Path, "", "br", "", 415},
		{"v1 two", v1Path, "gzip", "gzip, gzip", "", 415},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			plain := []byte(bodyFor(tt.path, v0Event(uuid1)))
			wire := pack(t, tt.pack, plain)
			path := tt.path
			if tt.query != "" {
				path += "?compression=" + tt.query
			}
			status, answer := post(t, srv, path, string(wire), "Content-Encoding", tt.header)
			require.Equal(t, tt.want, status, answer)
			r := srv.Requests()[0]
			require.Equal(t, len(wire), r.WireBytes)
			require.Equal(t, tt.path, r.Path)
			if tt.want == http.StatusOK {
				require.Equal(t, len(plain), r.PlainBytes)
				require.Equal(t, map[string]int{uuid1: 1}, srv.Stored())
			} else {
				require.Empty(t, srv.Stored())
			}
		})
	}
}

func TestDamagedCompression(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	for _, encoding := range []string{"gzip", "deflate", "zstd"} {
		wire := pack(t, encoding, []byte(v1Batch(v0Event(uuid1))))
		for _, cut := range []int{0, 1, len(wire) / 2, len(wire) - 1} {
			status, answer := post(t, srv, v1Path, string(wire[:cut]), "Content-Encoding", encoding)
			require.Equal(t, http.StatusBadRequest, status, "%s cut at %d: %s", encoding, cut, answer)
		}
	}
	require.Empty(t, srv.Events())
}

// padded returns an event that the path takes, of exactly size bytes.
func padded(t *testing.T, uuid string, size int) string {
	t.Helper()
	event := strings.Replace(v0Event(uuid), `"m"`, `""`, 1)
	require.LessOrEqual(t, len(event), size)
	return strings.Replace(event, `""`, `"`+strings.Repeat("x", size-len(event))+`"`, 1)
}

func TestSizes(t *testing.T) {
	t.Parallel()
	const (
		batchEvent = 983_040
		aiEvent    = 8 << 20
	)
	srv := newServer(t)
	for _, tt := range []struct {
		name, path, body string
		want             int
	}{
		{"event at the limit", v0Path, v0Batch(padded(t, uuid1, batchEvent)), 200},
		{"event over the limit", v0Path, v0Batch(v0Event(uuid1), padded(t, uuid2, batchEvent+1)), 413},
		{"lone event over the limit", "/i/v0/e/", padded(t, uuid1, batchEvent+1), 413},
		{"AI event at the limit", v0AIPath, v0Batch(padded(t, uuid1, aiEvent)), 200},
		{"AI event over the limit", v0AIPath, v0Batch(padded(t, uuid1, aiEvent+1)), 413},
		{"body at the limit", v0Path, strings.Repeat("x", 20e6), 400},
		{"body over the limit", v0Path, strings.Repeat("x", 20e6+1), 413},
		{"v1 body over the limit", v1Path, strings.Repeat(" ", 10<<20+1), 413},
		{"v1 AI body at the limit", v1AIPath, strings.Repeat("x", 20<<20), 400},
		{"v1 AI body over the limit", v1AIPath, strings.Repeat(" ", 20<<20+1), 413},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := post(t, srv, tt.path, tt.body)
			require.Equal(t, tt.want, status, answer)
			stored := srv.Reset()
			if tt.want != http.StatusOK {
				require.Empty(t, stored)
			}
		})
	}
}

// TestBombs sends little that becomes a lot. A gzip file may be a chain of
// files, which saves compressing a lot here.
func TestBombs(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	mib := bytes.Repeat([]byte(" "), 1<<20)
	for _, tt := range []struct {
		path, encoding string
		mib            int
	}{
		{v0Path, "gzip", 20},
		{v0AIPath, "gzip", 51},
		{v1Path, "zstd", 51},
	} {
		wire := bytes.Repeat(pack(t, tt.encoding, mib), tt.mib)
		status, answer := post(t, srv, tt.path, string(wire), "Content-Encoding", tt.encoding)
		require.Equal(t, http.StatusRequestEntityTooLarge, status, answer)
	}
	require.Empty(t, srv.Events())
}

// TestSizeThatZstdDeclares sends the head of a frame that tells its size up
// front, which the decoder refuses before it decodes.
func TestSizeThatZstdDeclares(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	wire := binary.LittleEndian.AppendUint64([]byte("\x28\xb5\x2f\xfd\xe0"), 60<<20)
	status, answer := post(t, srv, v1Path, string(wire), "Content-Encoding", "zstd")
	require.Equal(t, http.StatusRequestEntityTooLarge, status, answer)
}

// FuzzBodies sends anything to every path: whatever the body is, the server
// answers, and it stores nothing that it did not accept.
func FuzzBodies(f *testing.F) {
	paths := []string{v0Path, v0AIPath, v1Path, v1AIPath, "/e/"}
	for i, path := range paths {
		f.Add(uint8(i), []byte(bodyFor(path, v0Event(uuid1))))
		f.Add(uint8(i), []byte(`[null,{"event":{}},7]`))
		f.Add(uint8(i), []byte(`{"batch":null,"api_key":"k"}`))
		f.Add(uint8(i), []byte(`{"created_at":null,"batch":[null]}`))
	}
	srv := posthogtest.NewServer()
	f.Cleanup(srv.Close)
	f.Fuzz(func(t *testing.T, path uint8, body []byte) {
		srv.Reset()
		status, answer := post(t, srv, paths[int(path)%len(paths)], string(body))
		require.Contains(t, []int{200, 400, 401}, status, answer)
		r := srv.Requests()[0]
		require.Equal(t, len(srv.Events()), r.Stored)
		require.Equal(t, status, r.Status)
		if status != 200 {
			require.Zero(t, r.Stored)
			require.NotEmpty(t, r.Error)
		}
		for _, e := range srv.Events() {
			require.NotEmpty(t, e.Name)
			require.NotEmpty(t, e.DistinctID)
			require.Len(t, e.UUID, 36)
			require.NotNil(t, e.Properties)
		}
	})
}
