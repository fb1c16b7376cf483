package otelopenai

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
)

// message is the conventions' shape of an entry of gen_ai.input.messages and
// gen_ai.output.messages.
type message struct {
	Role         string `json:"role"`
	Name         string `json:"name,omitempty"`
	Parts        []part `json:"parts"`
	FinishReason string `json:"finish_reason,omitempty"` // outputs only
}

// part is the conventions' shape of a part of a message. Type decides which of
// the other members are set: text and reasoning have content; tool_call has id,
// name and arguments; tool_call_response has id and response; blob, uri and file
// have a modality and a MIME type, uri has a URI and file an id. A blob's content
// would be its bytes, which are never recorded.
type part struct {
	Type      string          `json:"type"`
	Content   string          `json:"content,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Arguments json.RawMessage `json:"arguments,omitempty"`
	Response  json.RawMessage `json:"response,omitempty"`
	Modality  string          `json:"modality,omitempty"`
	MIMEType  string          `json:"mime_type,omitempty"`
	URI       string          `json:"uri,omitempty"`
	FileID    string          `json:"file_id,omitempty"`
}

func textPart(text string) part { return part{Type: "text", Content: text} }

func toolCallPart(id, name, arguments string) part {
	p := part{Type: "tool_call", ID: id, Name: name}
	if arguments != "" {
		p.Arguments = jsonOrText(arguments)
	}
	return p
}

// appendText adds a text part, unless there is no text.
func appendText(parts []part, text string) []part {
	if text == "" {
		return parts
	}
	return append(parts, textPart(text))
}

// inputPart is a part of a message as OpenAI writes it, in Chat Completions and
// in Responses.
type inputPart struct {
	Type       string          `json:"type"`
	Text       string          `json:"text"`
	Refusal    string          `json:"refusal"`
	ImageURL   json.RawMessage `json:"image_url"` // a URL, or {"url": ...}
	FileURL    string          `json:"file_url"`
	FileID     string          `json:"file_id"`
	FileData   string          `json:"file_data"`
	Filename   string          `json:"filename"`
	InputAudio struct {
		Format string `json:"format"`
	} `json:"input_audio"`
	File struct {
		FileID   string `json:"file_id"`
		FileData string `json:"file_data"`
	} `json:"file"`
}

// contentParts reads content: a text, a part, or a list of parts.
func contentParts(raw json.RawMessage) []part {
	switch firstByte(raw) {
	case '"':
		return appendText(nil, stringOf(raw))
	case '{':
		var in inputPart
		_ = json.Unmarshal(raw, &in)
		return []part{in.part()}
	case '[':
		var list []inputPart
		_ = json.Unmarshal(raw, &list)
		parts := make([]part, len(list))
		for i := range list {
			parts[i] = list[i].part()
		}
		return parts
	}
	return nil // null, beside tool calls
}

// part returns the conventions' part. Of a type that is not known, only type and
// text are kept: what else is in it may be bytes or a secret.
func (p *inputPart) part() part {
	switch p.Type {
	case "text", "input_text", "output_text", "summary_text":
		return textPart(p.Text)
	case "refusal":
		return textPart(p.Refusal)
	case "reasoning_text":
		return part{Type: "reasoning", Content: p.Text}
	case "image_url", "input_image", "computer_screenshot":
		return media("image", urlOf(p.ImageURL), p.FileID)
	case "input_audio":
		return part{Type: "blob", Modality: "audio", MIMEType: audioType(p.InputAudio.Format)}
	case "file":
		return media("document", p.File.FileData, p.File.FileID)
	case "input_file":
		return media("document", cmp.Or(p.FileData, p.FileURL), p.FileID)
	}
	return part{Type: p.Type, Content: p.Text}
}

// media returns a part for an image or a file that is given as a data URI, as
// base64, as a URL or by id.
func media(modality, source, fileID string) part {
	switch {
	case source == "" && fileID != "":
		return part{Type: "file", Modality: modality, FileID: fileID}
	case strings.HasPrefix(source, "https://"), strings.HasPrefix(source, "http://"):
		return part{Type: "uri", Modality: modality, URI: source}
	}
	return part{Type: "blob", Modality: modality, MIMEType: dataType(source)}
}

// dataType returns the MIME type of a data URI, or "".
func dataType(uri string) string {
	rest, ok := strings.CutPrefix(uri, "data:")
	if !ok {
		return ""
	}
	mime, _, _ := strings.Cut(rest[:min(len(rest), 100)], ",")
	mime, _, _ = strings.Cut(mime, ";")
	return mime
}

func audioType(format string) string {
	if format == "" {
		return ""
	}
	return "audio/" + format
}

// stringOf reads a string, and nothing else.
func stringOf(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// urlOf reads a URL, or an object that has one.
func urlOf(raw json.RawMessage) string {
	var url string
	if json.Unmarshal(raw, &url) == nil {
		return url
	}
	var object struct {
		URL string `json:"url"`
	}
	_ = json.Unmarshal(raw, &object)
	return object.URL
}

// toolResponse returns what a tool returned: a text as it is, and parts without
// their bytes.
func toolResponse(raw json.RawMessage) json.RawMessage {
	switch firstByte(raw) {
	case 0:
		return nil
	case '{', '[':
		return json.RawMessage(encode(contentParts(raw)))
	}
	return raw
}

// jsonOrText returns s itself when it is JSON, else s as a JSON string: models
// write tool arguments, and not all of them are valid.
func jsonOrText(s string) json.RawMessage {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return json.RawMessage(encode(s))
}

// encode returns v as JSON, with <, > and & as they are.
func encode(v any) string {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "" // unreachable: strings and valid JSON only
	}
	return strings.TrimSuffix(buf.String(), "\n")
}

func firstByte(raw json.RawMessage) byte {
	if raw = bytes.TrimLeft(raw, " \t\r\n"); len(raw) == 0 {
		return 0
	}
	return raw[0]
}
