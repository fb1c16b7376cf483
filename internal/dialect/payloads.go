package dialect

// payloads is whoever writes all that goes into a span and all that comes out of
// it where OpenInference does, without its kinds of spans, as Dify.
var payloads = library{
	marks: []string{string(inferenceInput), string(inferenceOutput)},
	rides: true,
	drop:  []string{string(inferenceInput), string(inferenceOutput), "input.mime_type", "output.mime_type"},
	finish: func(c *Conversion) {
		if !c.libs.has(&openInference) {
			c.fillDocuments(&documents{input: inferenceInput, output: inferenceOutput})
		}
	},
}
