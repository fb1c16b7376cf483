package otelopenai

import "encoding/json"

// tool is what is recorded of a tool definition. Its members are named one by
// one, because definitions of hosted tools hold secrets: an MCP server's
// authorization and headers, for example.
type tool struct {
	Type        string          `json:"type,omitempty"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
	Format      json.RawMessage `json:"format,omitempty"` // of a custom tool
	ServerLabel string          `json:"server_label,omitempty"`
}

// toolDefinitions returns the tools in one flat shape, which is the conventions'
// and that of Responses. Chat Completions put a function one level down.
func toolDefinitions(tools, functions []json.RawMessage) []tool {
	defs := make([]tool, 0, len(tools)+len(functions))
	for _, raw := range tools {
		var in struct {
			tool
			Function *tool `json:"function"`
			Custom   *tool `json:"custom"`
		}
		_ = json.Unmarshal(raw, &in)
		def := in.tool
		for _, nested := range []*tool{in.Function, in.Custom} {
			if nested != nil {
				def = *nested
				def.Type = in.Type
			}
		}
		defs = append(defs, def)
	}
	for _, raw := range functions {
		var def tool
		_ = json.Unmarshal(raw, &def)
		def.Type = "function"
		defs = append(defs, def)
	}
	return defs
}
