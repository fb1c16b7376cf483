package server

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Limits of a request body, in bytes as it comes and unpacked.
const (
	maxWire  = 20 << 20
	maxPlain = 64 << 20
)

// readBody reads a body. Plain is set when the body is in one of the forms of
// browsers, and nil when it is as servers send it: gzip without a header that
// says so, or the field data of a form.
func readBody(r *http.Request) (wire, plain []byte, err error) {
	wire, err = io.ReadAll(io.LimitReader(r.Body, maxWire+1))
	if err != nil {
		return nil, nil, fmt.Errorf("the body ended early: %w", err)
	}
	if len(wire) > maxWire {
		return nil, nil, fmt.Errorf("the body is over the limit of %d bytes", maxWire)
	}
	switch {
	case bytes.HasPrefix(wire, []byte{0x1f, 0x8b}) && r.Header.Get("Content-Encoding") == "":
		plain, err = gunzip(wire)
	case bytes.HasPrefix(wire, []byte("data=")):
		plain, err = formData(wire)
	}
	return wire, plain, err
}

func gunzip(wire []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(wire))
	if err != nil {
		return nil, fmt.Errorf("the body is not gzip: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxPlain+1))
	if err != nil {
		return nil, fmt.Errorf("the body is not gzip: %w", err)
	}
	if len(plain) > maxPlain {
		return nil, fmt.Errorf("the body is over the limit of %d bytes once unpacked", maxPlain)
	}
	return plain, nil
}

func formData(wire []byte) ([]byte, error) {
	form, err := url.ParseQuery(string(wire))
	if err != nil {
		return nil, fmt.Errorf("the form is malformed: %w", err)
	}
	// A + of base64 that was not escaped is a blank by now.
	text := strings.ReplaceAll(form.Get("data"), " ", "+")
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		return []byte(form.Get("data")), nil
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the field data is neither JSON nor base64")
	}
	return plain, nil
}

// withBody returns the request with a body that servers would send.
func withBody(r *http.Request, wire, plain []byte) *http.Request {
	clone := r.Clone(r.Context())
	body := wire
	if plain != nil {
		body = plain
		clone.URL.RawQuery = "" // its compression is undone
	}
	clone.Body, clone.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return clone
}
