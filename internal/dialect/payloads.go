package dialect

// payloads handles libraries such as Dify that write whole inputs and outputs
// to OpenInference's attributes without its span kinds.
var payloads = library{
	matchers: []string{string(inferenceInput), string(inferenceOutput)},
	overlay:  true,
	drop:     []string{string(inferenceInput), string(inferenceOutput), "input.mime_type", "output.mime_type"},
	postprocess: func(c *Conversion) {
		if !c.libs.has(&openInference) {
			c.fillDocuments(&documents{input: inferenceInput, output: inferenceOutput})
		}
	},
}
