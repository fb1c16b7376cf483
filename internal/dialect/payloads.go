package dialect

// payloads is whoever writes all that goes into a span and all that comes out of
// it where OpenInference does, without its kinds of spans, as Dify.
var payloads = library{
	marks:     []string{string(inferenceInput), string(inferenceOutput)},
	rides:     true,
	documents: documents{input: inferenceInput, output: inferenceOutput},
	drop:      []string{"input.mime_type", "output.mime_type"},
}
