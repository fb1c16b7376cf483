package processor

import (
	"encoding/json"
	"strings"

	"go.opentelemetry.io/otel/attribute"
)

// braintrust describes a span of Braintrust's SDKs, which have all that matters
// in JSON documents. A document that is none counts as absent.
func braintrust(attrs []attribute.KeyValue) (d description) {
	var kind struct{ Type string }
	var call struct{ ID, Model, Provider, Endpoint string }
	for i := range attrs {
		switch value := &attrs[i].Value; attrs[i].Key {
		case "braintrust.span_attributes":
			_ = json.Unmarshal([]byte(value.AsString()), &kind)
		case "braintrust.metadata":
			_ = json.Unmarshal([]byte(value.AsString()), &call)
		case "braintrust.input_json", "braintrust.output_json":
			d.messages = true
		}
	}
	named := kind.Type == "llm" || kind.Type == "" && call.Provider != ""
	if !named || call.Model == "" || strings.HasSuffix(call.Endpoint, "/embeddings") {
		return description{}
	}
	d.generation, d.responseID = true, call.ID
	d.addModel(call.Model)
	return d
}
