package posthogtest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// drainLimit bounds how much of an oversized body is read and thrown away, so
// that the client gets to read the 413 instead of a broken pipe.
const drainLimit = 64 << 20

// readWire reads a request body of at most limit bytes, as it came.
func readWire(r *http.Request, limit int) ([]byte, error) {
	var wire bytes.Buffer
	wire.Grow(int(min(max(r.ContentLength, 0), int64(limit))) + bytes.MinRead)
	if _, err := wire.ReadFrom(io.LimitReader(r.Body, int64(limit)+1)); err != nil {
		return wire.Bytes(), errors.New("the body ended early")
	}
	if wire.Len() > limit {
		_, _ = io.CopyN(io.Discard, r.Body, drainLimit)
		return wire.Bytes(), refuse(http.StatusRequestEntityTooLarge, "the body is over the limit of %d bytes", limit)
	}
	return wire.Bytes(), nil
}

// contentEncoding returns the compression of the body, "" for none.
func contentEncoding(r *http.Request, ep endpoint) string {
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if encoding == "" && !ep.v1 {
		encoding = strings.TrimSuffix(r.URL.Query().Get("compression"), "-js")
	}
	if encoding == "identity" {
		return ""
	}
	return encoding
}

// decompress returns the plain body, of at most ep.plain bytes.
func decompress(wire []byte, encoding string, ep endpoint) ([]byte, error) {
	switch {
	case encoding == "":
		return wire, nil
	case !slices.Contains(ep.encodings, encoding):
		status := http.StatusBadRequest
		if ep.v1 {
			status = http.StatusUnsupportedMediaType
		}
		return nil, refuse(status, "compression %q is not supported here", encoding)
	}
	r, err := newDecompressor(wire, encoding, ep.plain)
	if err != nil {
		return nil, fmt.Errorf("the body is not %s: %w", encoding, err)
	}
	defer func() { _ = r.Close() }()
	plain, err := io.ReadAll(io.LimitReader(r, int64(ep.plain)+1))
	switch {
	case len(plain) > ep.plain, errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return nil, refuse(http.StatusRequestEntityTooLarge, "the body is over the limit of %d bytes once decompressed", ep.plain)
	case err != nil:
		return nil, fmt.Errorf("the body is not %s: %w", encoding, err)
	}
	return plain, nil
}

func newDecompressor(wire []byte, encoding string, limit int) (io.ReadCloser, error) {
	r := bytes.NewReader(wire)
	switch encoding {
	case "gzip":
		return gzip.NewReader(r)
	case "deflate":
		// HTTP says zlib, some clients send the bare stream. PostHog tells them
		// apart by the first byte, too.
		if bytes.HasPrefix(wire, []byte{0x78}) {
			return zlib.NewReader(r)
		}
		return flate.NewReader(r), nil
	default: // zstd; with a concurrency of one the decoder starts no goroutines
		dec, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)+1))
		if err != nil {
			return nil, err
		}
		return dec.IOReadCloser(), nil
	}
}

// rejection is an error that is answered with another status than 400. Any other
// error of the parsers is a 400.
type rejection struct {
	status int
	text   string
}

func (r *rejection) Error() string { return r.text }

func refuse(status int, format string, args ...any) error {
	return &rejection{status: status, text: fmt.Sprintf(format, args...)}
}

func statusOf(err error) int {
	if ref, ok := errors.AsType[*rejection](err); ok {
		return ref.status
	}
	return http.StatusBadRequest
}
