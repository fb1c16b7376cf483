package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/otelposthog/otelposthog-go/exporter/internal/redact"
	"github.com/otelposthog/otelposthog-go/internal/jsontree"
)

func TestTree(t *testing.T) {
	t.Parallel()
	bare := b64(1, 300)
	uint8Array := &strings.Builder{}
	for i := range 300 {
		fmt.Fprintf(uint8Array, `,"%d":%d`, i, i%256)
	}
	typedArray := "{" + uint8Array.String()[1:] + "}"
	for _, tt := range []struct{ name, in, want string }{
		{"OpenAI image", `{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}`, `{"type":"image_url","image_url":{"url":"[base64 image/png redacted]","detail":"low"}}`},
		{"OpenAI image by URL", `{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}`, ""},
		{"OpenAI image, short form", `{"image_url":"data:image/jpeg;base64,AAAA"}`, `{"image_url":"[base64 image/jpeg redacted]"}`},
		{"OpenAI file", `{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,AAAA"}}`, `{"type":"file","file":{"filename":"a.pdf","file_data":"[base64 application/pdf redacted]"}}`},
		{"OpenAI file without a head", `{"type":"file","file":{"file_data":"JVBERi0="}}`, `{"type":"file","file":{"file_data":"[base64 redacted]"}}`},
		{"OpenAI file by id", `{"type":"file","file":{"file_id":"file-abc"}}`, ""},
		{"OpenAI audio", `{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}`, `{"type":"input_audio","input_audio":{"data":"[base64 audio/wav redacted]","format":"wav"}}`},
		{"OpenAI answer in audio", `{"audio":{"id":"audio_1","data":"UklGRg==","transcript":"Yes."}}`, `{"audio":{"id":"audio_1","data":"[base64 redacted]","transcript":"Yes."}}`},
		{"OpenAI made image", `{"data":[{"b64_json":"AAAA"}]}`, `{"data":[{"b64_json":"[base64 redacted]"}]}`},
		{"Responses image", `{"type":"input_image","image_url":"data:image/png;base64,AAAA"}`, `{"type":"input_image","image_url":"[base64 image/png redacted]"}`},
		{"Responses image by URL", `{"type":"input_image","image_url":"https://example.com/a.png"}`, ""},
		{"Responses file", `{"type":"input_file","filename":"a.pdf","file_data":"AAAA"}`, `{"type":"input_file","filename":"a.pdf","file_data":"[base64 redacted]"}`},
		{"Anthropic image", `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}`, `{"type":"image","source":{"type":"base64","media_type":"image/png","data":"[base64 image/png redacted]"}}`},
		{"Anthropic document", `{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"}}`, `{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"[base64 application/pdf redacted]"}}`},
		{"Anthropic text document", `{"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain words"}}`, ""},
		{"Anthropic image by URL", `{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}}`, ""},
		{"Gemini", `{"inlineData":{"mimeType":"image/png","data":"AAAA"}}`, `{"inlineData":{"mimeType":"image/png","data":"[base64 image/png redacted]"}}`},
		{"Gemini, Python", `{"inline_data":{"mime_type":"audio/mp3","data":"AA-_"}}`, `{"inline_data":{"mime_type":"audio/mp3","data":"[base64 audio/mp3 redacted]"}}`},
		{"Gemini file", `{"fileData":{"mimeType":"image/png","fileUri":"gs://bucket/a.png"}}`, ""},
		{"semantic conventions", `[{"role":"user","parts":[{"type":"blob","mime_type":"image/png","modality":"image","content":"AAAA"}]}]`, `[{"role":"user","parts":[{"type":"blob","mime_type":"image/png","modality":"image","content":"[base64 image/png redacted]"}]}]`},
		{"semantic conventions, by URL", `{"type":"uri","mime_type":"image/png","modality":"image","uri":"https://example.com/a.png"}`, ""},
		{"Vercel image", `{"type":"image","image":"iVBORw0KGgo=","mimeType":"image/png"}`, `{"type":"image","image":"[base64 image/png redacted]","mimeType":"image/png"}`},
		{"Vercel image without a mime type", `{"type":"image","image":"iVBORw0KGgo="}`, `{"type":"image","image":"[base64 redacted]"}`},
		{"Vercel image by URL", `{"type":"image","image":"https://example.com/a.png","mediaType":"image/png"}`, ""},
		{"Vercel file", `{"type":"file","data":"AAAA","mediaType":"image/png"}`, `{"type":"file","data":"[base64 image/png redacted]","mediaType":"image/png"}`},
		{"Vercel image as Uint8Array", `{"type":"image","image":{"0":137,"1":80,"2":78},"mimeType":"image/png"}`, `{"type":"image","image":"[base64 image/png redacted]","mimeType":"image/png"}`},
		{"LangChain", `{"type":"image","source_type":"base64","data":"AAAA","mime_type":"image/png"}`, `{"type":"image","source_type":"base64","data":"[base64 image/png redacted]","mime_type":"image/png"}`},
		{"MCP resource", `{"resource":{"uri":"file:///a.png","mimeType":"image/png","blob":"AAAA"}}`, `{"resource":{"uri":"file:///a.png","mimeType":"image/png","blob":"[base64 image/png redacted]"}}`},
		{"MCP text resource", `{"resource":{"uri":"file:///a.txt","mimeType":"text/plain","text":"hello"}}`, ""},
		{"pydantic-ai", `{"kind":"binary","media_type":"image/png","binary_content":"AAAA"}`, `{"kind":"binary","media_type":"image/png","binary_content":"[base64 image/png redacted]"}`},
		{"Bedrock", `{"image":{"format":"png","source":{"bytes":"AAAA"}}}`, `{"image":{"format":"png","source":{"bytes":"[base64 image/png redacted]"}}}`},
		{"Bedrock with a Buffer", `{"image":{"format":"png","source":{"bytes":{"type":"Buffer","data":[137,80]}}}}`, `{"image":{"format":"png","source":{"bytes":"[base64 image/png redacted]"}}}`},
		{"Bedrock with numbers", `{"document":{"format":"pdf","name":"a","source":{"bytes":[137,80]}}}`, `{"document":{"format":"pdf","name":"a","source":{"bytes":"[base64 redacted]"}}}`},
		{"Bedrock on S3", `{"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/a.png"}}}}`, ""},

		{"a mime type beside words", `{"mime_type":"text/plain","data":"hello there"}`, ""},
		{"a mime type beside a word", `{"mime_type":"text/plain","data":"word"}`, ""},
		{"an image by name", `{"type":"image","image":"sunset"}`, ""},
		{"a file by name", `{"type":"file","data":"report-2024.pdf"}`, ""},
		{"nothing in a carrier", `{"type":"blob","content":""}`, ""},
		{"what is no data in a carrier", `{"type":"blob","content":{"a":1},"data":[300],"mime_type":null}`, ""},
		{"a note in a carrier", `{"type":"blob","content":"[base64 image/png redacted]"}`, ""},
		{"a percent-encoded data URI", `{"type":"image","image":"data:image/svg+xml,%3Csvg%3E"}`, ""},

		{"a Buffer anywhere", `{"a":{"type":"Buffer","data":[1,2,3]}}`, `{"a":"[base64 redacted]"}`},
		{"a long Uint8Array anywhere", `{"a":` + typedArray + `}`, `{"a":"[base64 redacted]"}`},
		{"a short map of numbers", `{"0":1,"1":2}`, ""},
		{"a list of numbers", `{"scores":[1,2,3]}`, ""},
		{"a string anywhere", `{"a":["x ` + bare + ` y"]}`, `{"a":["x [base64 redacted] y"]}`},
		{"the name of a member", `{"` + bare + `":1,"b":2}`, `{"[base64 redacted]":1,"b":2}`},
		{"arguments as JSON text", `{"arguments":"{\"file\": \"` + bare + `\"}"}`, `{"arguments":"{\"file\": \"[base64 redacted]\"}"}`},
		{"a media object in JSON text", `{"content":"[{\"type\":\"blob\",\"content\":\"AAAA\",\"mime_type\":\"image/png\"}]"}`, `{"content":"[{\"type\":\"blob\",\"content\":\"[base64 image/png redacted]\",\"mime_type\":\"image/png\"}]"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.want == "" {
				tt.want = tt.in
			}
			n, ok := jsontree.Parse(tt.in)
			require.True(t, ok)
			require.Equal(t, tt.want != tt.in, redact.Tree(&n))
			require.Equal(t, tt.want, n.JSON())
			require.False(t, redact.Tree(&n), "twice is once")
			require.Equal(t, tt.want, n.JSON())
		})
	}
}
