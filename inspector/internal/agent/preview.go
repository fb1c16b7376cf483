package agent

import (
	"encoding/json"
	"net"
	"net/url"
	"unicode/utf8"
)

// maxPreview is how many bytes of each text a preview keeps.
const maxPreview = 300

// preview cuts the texts of an event, however deep they are.
func preview(raw json.RawMessage) json.RawMessage {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return json.RawMessage("null")
	}
	text, err := json.Marshal(shorten(v))
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}

func shorten(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) <= maxPreview {
			return v
		}
		end := maxPreview
		for !utf8.RuneStart(v[end]) {
			end--
		}
		return v[:end] + "…"
	case []any:
		for i := range v {
			v[i] = shorten(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = shorten(v[key])
		}
	}
	return v
}

func isLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
