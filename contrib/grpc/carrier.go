package grpc

import (
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"google.golang.org/grpc/metadata"
)

// carrier is metadata as a carrier. An empty value removes a key.
type carrier metadata.MD

var (
	_ propagation.TextMapCarrier = carrier{}
	_ propagation.ValuesGetter   = carrier{}
)

func (c carrier) Get(key string) string {
	if values := c.Values(key); len(values) > 0 {
		return values[0]
	}
	return ""
}

func (c carrier) Values(key string) []string { return c[strings.ToLower(key)] }

func (c carrier) Set(key, value string) {
	if key = strings.ToLower(key); value == "" {
		delete(c, key)
		return
	}
	c[key] = []string{value}
}

func (c carrier) Keys() []string { return slices.Collect(maps.Keys(c)) }
