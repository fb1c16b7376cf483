package redact

import (
	"github.com/otelposthog/otelposthog-go/exporter/internal/jsontree"
	"go.opentelemetry.io/otel/attribute"
)

func Value(v attribute.Value) (attribute.Value, bool) { return v, false }
func Suspect(s string) bool                           { return false }
func String(s string) (string, bool)                  { return s, false }
func Tree(n *jsontree.Node) bool                      { return false }
