package exporter

import (
	"encoding"
	"slices"

	"github.com/otelposthog/otelposthog-go/internal/settings"
)

var _ encoding.TextUnmarshaler = (*Content)(nil)

// contentNames are the names of the levels in settings, in their order.
var contentNames = []string{"all", "inputs", "outputs", "none"}

var contentLevels = []Content{ContentAll, ContentInputs, ContentOutputs, ContentNone}

// UnmarshalText reads a level as settings write it: all, inputs, outputs or none.
func (c *Content) UnmarshalText(text []byte) error {
	name, err := settings.OneOf(string(text), contentNames...)
	if err != nil {
		return err
	}
	*c = contentLevels[slices.Index(contentNames, name)]
	return nil
}
