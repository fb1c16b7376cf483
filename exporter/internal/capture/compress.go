package capture

import (
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/otelposthog/otelposthog-go/exporter/internal/pool"
)

// Compression selects how request bodies are compressed.
type Compression string

// The compressions. Only the v1 contract knows zstd.
const (
	Fitting Compression = "auto" // zstd for the v1 contract, else gzip
	None    Compression = "none"
	Gzip    Compression = "gzip"
	Zstd    Compression = "zstd"
)

func (c Compression) resolve(mode Mode) Compression {
	switch {
	case c != Fitting:
		return c
	case mode == V1:
		return Zstd
	}
	return Gzip
}

// gzips and zstds are shared by all clients of the process: a compressor takes more than
// a megabyte, and there can be a client for each of thousands of tenants.
var gzips, zstds pool.Pool[compressor]

// compressor is a gzip.Writer or a zstd.Encoder.
type compressor struct{ resetter }

type resetter interface {
	io.WriteCloser
	Reset(io.Writer)
}

func (c *Client) newCompressor() *compressor {
	if c.cfg.Compression == Zstd {
		// The options are valid, so there is no error. One at a time starts no
		// goroutine, and a window of 1 MiB is a fraction of the memory.
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		return &compressor{z}
	}
	z, _ := gzip.NewWriterLevel(nil, gzipLevel)
	return &compressor{z}
}

// gzipLevel is the best compromise of time and size for chat content.
const gzipLevel = 2

// compress writes a body into p with the client's compression.
func (c *Client) compress(p *body, write func(io.Writer)) {
	if c.cfg.Compression == None {
		write(p)
		return
	}
	codecs := &gzips
	if c.cfg.Compression == Zstd {
		codecs = &zstds
	}
	z := codecs.Get()
	if z == nil {
		z = c.newCompressor()
	}
	z.Reset(p)
	write(z)
	_ = z.Close() // p has no errors
	z.Reset(nil)
	codecs.Put(z)
}
