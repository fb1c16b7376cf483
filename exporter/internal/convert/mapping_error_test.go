package convert_test

import (
	"testing"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TestMappingErrors is section 7.
func TestMappingErrors(t *testing.T) {
	t.Parallel()
	failed := func(name, message string, more attrs, want map[string]string, events ...sdktrace.Event) row {
		r := call(name, more, want)
		r.status, r.events = sdktrace.Status{Code: codes.Error, Description: message}, events
		return r
	}
	text := func(want string) map[string]string {
		return map[string]string{"$ai_is_error": "true", "$ai_error": `"` + want + `"`}
	}
	ok := call("OK with an exception", attrs{"$ai_is_error": true}, nil, "$ai_is_error", "$ai_error", "$ai_http_status")
	ok.status, ok.events = sdktrace.Status{Code: codes.Ok}, []sdktrace.Event{exception("E", "m")}
	unset := call("unset with an exception", attrs{"error.type": "E", "http.response.status_code": 500}, map[string]string{"error.type": `"E"`}, "$ai_is_error", "$ai_error", "$ai_http_status")
	unset.events = []sdktrace.Event{exception("E", "m")}
	ofResource := call("no error, whatever the resource says", nil, nil, "$ai_is_error")
	ofResource.res = attrs{"$ai_is_error": true}
	unnamed := exception("E", "m")
	unnamed.Name = "something"
	checkRows(t, []row{
		ok,
		unset,
		ofResource,
		failed("exception", "s", nil, text("E: m"), exception("E", "m")),
		failed("exception without a type", "s", nil, text("m"), exception("", "m")),
		failed("exception without a message", "s", nil, text("E"), exception("E", "")),
		failed("structured message", "s", nil, text(`E: {\"code\":1}`), sdktrace.Event{
			Name: "exception", Attributes: attrs{"exception.type": "E", "exception.message": attrs{"code": 1}}.list(),
		}),
		failed("exception of another name", "s", nil, text("E: m"), unnamed),
		failed("last exception", "s", nil, text("F: n"), exception("E", "m"), exception("F", "n"), sdktrace.Event{Name: "retry"}),
		failed("last exception empty", "s", nil, text("s"), exception("E", "m"), sdktrace.Event{Name: "exception"}),
		failed("status message", "s", attrs{"error.type": "E"}, text("s")),
		failed("error.type", "", attrs{"error.type": "E"}, text("E")),
		failed("error.type before error.message", "", attrs{"error.type": "E", "error.message": "m"}, text("E")),
		failed("nothing known", "", nil, text("OpenTelemetry span status error")),
		failed("explicit", "s", attrs{"$ai_error": "mine", "$ai_is_error": false, "$ai_http_status": 418}, map[string]string{
			"$ai_is_error": "true", "$ai_error": `"mine"`, "$ai_http_status": "418",
		}, exception("E", "m")),
		failed("explicit, but empty", "s", attrs{"$ai_error": ""}, text("s")),
	})
}

func TestMappingHTTPStatus(t *testing.T) {
	t.Parallel()
	failed := func(name, want, message string, more, ofException attrs) row {
		r := call(name, more, map[string]string{"$ai_http_status": want})
		if want == "" {
			r.want, r.absent = nil, []string{"$ai_http_status"}
		}
		r.status = sdktrace.Status{Code: codes.Error, Description: message}
		if ofException != nil {
			r.events = []sdktrace.Event{{Name: "exception", Time: rowStart, Attributes: ofException.list()}}
		}
		return r
	}
	rows := []row{
		failed("exception before span", "403", "HTTP 401", attrs{"http.response.status_code": 500}, attrs{"http.response.status_code": 403}),
		failed("span before text", "429", "HTTP 401", attrs{"http.response.status_code": 429}, nil),
		failed("no status on the exception", "429", "", attrs{"status_code": 429}, attrs{"status_code": 99}),
		failed("exception text before error.message", "401", "HTTP 403", attrs{"error.message": "HTTP 402"}, attrs{"exception.message": "HTTP 401"}),
		failed("error.message before status message", "402", "HTTP 403", attrs{"error.message": "HTTP 402"}, attrs{"exception.message": "no"}),
	}
	for _, key := range []string{
		"$ai_http_status", "http.response.status_code", "http.status_code", "http.status", "status_code", "error.status_code", "exception.status_code",
	} {
		rows = append(rows, failed(key+" on the exception", "418", "", nil, attrs{key: 418}), failed(key+" on the span", "418", "", attrs{key: 418}, nil))
	}
	for name, m := range map[string]struct {
		value any
		want  string
	}{
		"text": {"429", "429"}, "text with space": {" 429 ", "429"}, "double": {429.0, "429"}, "100": {100, "100"}, "599": {599, "599"},
		"99": {99, ""}, "600": {600, ""}, "fraction": {429.5, ""}, "words": {"429 Too Many", ""}, "boolean": {true, ""}, "zero": {0, ""},
		"empty": {"", ""},
	} {
		rows = append(rows, failed("value: "+name, m.want, "", attrs{"http.response.status_code": m.value}, nil))
	}
	for message, want := range map[string]string{
		"status code 429":                     "429",
		"Request failed with status code 503": "503",
		"status_code=503":                     "503",
		"status_code: 503, retry":             "503",
		"status code: 503.":                   "503",
		"STATUS CODE 503":                     "503",
		"statusCode=503":                      "503",
		"Status: 404":                         "404",
		"status=404":                          "404",
		`{"status":404}`:                      "404",
		`{"status": "404"}`:                   "404",
		"(Status: 404)":                       "404",
		"HTTP 401":                            "401",
		"got HTTP 401 from it":                "401",
		"http 401, sorry":                     "401",
		"HTTP 401. Sorry":                     "401",
		"HTTP 700, then HTTP 502":             "502",
		"status code 99":                      "",
		"status code 600":                     "",
		"HTTP/1.1 404":                        "",
		"HTTP/2 404":                          "",
		"status 404":                          "",
		"404":                                 "",
		"code 404":                            "",
		"HTTP 4040":                           "",
		"HTTP 40":                             "",
		"HTTP 404ms":                          "",
		"HTTP 404.5":                          "",
		"status code 429,000":                 "",
		"HTTPS 404":                           "",
		"xHTTP 404":                           "",
		"mystatus: 404":                       "",
		"status_codes=404":                    "",
		"status: -404":                        "",
		"status: 1404":                        "",
		"429 Rate limit reached for requests": "429",
		`400 {"type":"error"}`:                "400",
		"401 status code (no body)":           "401",
		`Error: 529 {"type":"error"}`:         "529",
		"APIError: 503 overloaded":            "503",
		"Error code: 429 - {'error': {}}":     "429",
		"400: INVALID_ARGUMENT":               "400",
		`POST "https://api.openai.com/v1/chat/completions": 400 Bad Request {}`: "400",
		"500":                              "",
		"4290 Rate limit":                  "",
		"429.5 seconds":                    "",
		"see 429 Rate limit":               "",
		"200 OK, but the stream broke":     "",
		"499 things":                       "",
		"Too Many Requests":                "429",
		"the answer was Too Many Requests": "429",
		"ThrottlingException: slow down":   "429",
		"RESOURCE_EXHAUSTED":               "429",
		"Unauthorized":                     "401",
		"Unauthorized tool":                "",
		"Not Found":                        "404",
		"The file was Not Found":           "",
		"my_rate_limit_error_handler":      "",
		"context canceled":                 "",
		"stream closed":                    "",
	} {
		rows = append(rows, failed("text: "+message, want, message, nil, nil))
	}
	for kind, want := range map[string]string{
		"429": "429", "rate_limit_error": "429", "overloaded_error": "529", "UNAUTHENTICATED": "401", "AI_APICallError": "", "timeout": "",
	} {
		rows = append(rows, failed("error.type: "+kind, want, "", attrs{"error.type": kind}, nil))
	}
	checkRows(t, rows)
}
