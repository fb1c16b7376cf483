package genai

import "github.com/otelposthog/otelposthog-go/internal/tracetree"

// SameModel is [tracetree.SameModel].
func SameModel(a, b string) bool { return tracetree.SameModel(a, b) }
