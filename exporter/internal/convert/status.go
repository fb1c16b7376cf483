package convert

import (
	"regexp"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/otelposthog/otelposthog-go/internal/attr"
	"github.com/otelposthog/otelposthog-go/internal/dialect"
	"github.com/otelposthog/otelposthog-go/internal/names"
)

// statusKeys may hold the HTTP status of the call that failed.
var statusKeys = []attribute.Key{
	names.PropertyHTTPStatus, "http.response.status_code", "http.status_code", "http.status",
	"status_code", "error.status_code", "exception.status_code",
}

// httpStatusUnset reports whether $ai_http_status is unset or not a valid
// status.
func httpStatusUnset(c *conversion) bool {
	p := c.Get(names.PropertyHTTPStatus)
	if p == nil {
		return true
	}
	_, ok := statusOf(p.Value)
	return !ok
}

// httpStatus finds the HTTP status of the provider's answer. Cancelled
// requests, broken streams and failed tools have none.
func httpStatus(c *conversion, exception *attr.List, description string) (int64, bool) {
	for _, attrs := range [...]*attr.List{exception, &c.Own} {
		for _, key := range statusKeys {
			if v, ok := attrs.Get(key); ok {
				if code, ok := statusOf(v); ok {
					return code, true
				}
			}
		}
	}
	texts := [...]string{dialect.MessageOf(exception), c.Text("error.message"), description, c.Failure.Message}
	for _, s := range texts {
		if code, ok := statusMentioned(s); ok {
			return code, true
		}
	}
	if v, ok := c.Attr("error.type"); ok {
		if code, ok := statusOf(v); ok {
			return code, true
		}
	}
	for _, s := range texts {
		if code, ok := statusInFront(s); ok {
			return code, true
		}
	}
	for _, s := range [...]string{c.Text("error.type"), exception.Text("exception.type"), texts[0], texts[1], texts[2], texts[3]} {
		if code, ok := statusNamed(s); ok {
			return code, true
		}
	}
	return 0, false
}

func statusOf(v attribute.Value) (int64, bool) {
	if v.Type() == attribute.STRING {
		v = attribute.StringValue(strings.TrimSpace(v.AsString()))
	}
	v, ok := attr.Tokens(v)
	return v.AsInt64(), ok && v.AsInt64() >= 100 && v.AsInt64() <= 599
}

// mentioned finds "status code 429", "status_code=503", "Status: 404" and
// "HTTP 401", but neither "HTTP/1.1 404" nor a bare "status 404", nor digits
// inside a longer number or word.
var mentioned = regexp.MustCompile(
	`(?i)\b(?:(?:status[ _-]?code\b["']?\s*(?:is\s+|of\s+|[:=]\s*)?|status["']?\s*[:=]\s*)["']?([1-5]\d\d)|http\s+([1-5]\d\d))(?:[.,]?$|[.,]\D|[^\w.,])`)

func statusMentioned(s string) (int64, bool) {
	m := mentioned.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	code, err := strconv.ParseInt(m[1]+m[2], 10, 64)
	return code, err == nil
}

// inFront matches the beginnings of messages as the SDKs write them:
// "429 Rate limit", "Error: 529 {", "400: INVALID_ARGUMENT", "Error code: 429 - ",
// and `POST "https://...": 400 Bad Request`.
var inFront = regexp.MustCompile(
	`^\s*(?:[A-Z]+ "[^"]*": ([45]\d\d)\b|(?:googleapi: )?[\w.]*Error(?: code)?:? ([45]\d\d)(?:\W|$)|([45]\d\d)(?:: ?\S| [^\s\d]))`)

func statusInFront(s string) (int64, bool) {
	m := inFront.FindStringSubmatch(s[:min(len(s), 4096)])
	if m == nil {
		return 0, false
	}
	code, err := strconv.ParseInt(m[1]+m[2]+m[3], 10, 64)
	return code, err == nil && isStatus(code)
}

// isStatus reports whether a number is a known HTTP error status.
func isStatus(code int64) bool {
	return code >= 400 && code <= 431 && code != 419 && code != 420 && code != 430 || code == 451 ||
		code >= 500 && code <= 511 || code == statusOverloaded
}

// statusOverloaded is used by Anthropic only.
const statusOverloaded = 529

// statusNames are the names that providers and their SDKs use for a status.
var statusNames = map[string]int64{
	// Anthropic
	"invalid_request_error": 400, "authentication_error": 401, "permission_error": 403, "not_found_error": 404,
	"request_too_large": 413, "rate_limit_error": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": statusOverloaded,
	// OpenAI and its SDKs, Anthropic's SDKs, LiteLLM
	"rate_limit_exceeded": 429, "insufficient_quota": 429, "invalid_api_key": 401, "model_not_found": 404, "context_length_exceeded": 400,
	"BadRequestError": 400, "AuthenticationError": 401, "PermissionDeniedError": 403, "UnprocessableEntityError": 422,
	"RateLimitError": 429, "InternalServerError": 500, "OverloadedError": statusOverloaded, "ContextWindowExceededError": 400,
	"ServiceUnavailableError": 503,
	// Google, https://cloud.google.com/apis/design/errors
	"INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403, "NOT_FOUND": 404,
	"RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "DEADLINE_EXCEEDED": 504,
	// the same as gRPC's libraries write it
	"InvalidArgument": 400, "FailedPrecondition": 400, "Unauthenticated": 401, "PermissionDenied": 403, "ResourceExhausted": 429,
	// Amazon Bedrock
	"ValidationException": 400, "ServiceQuotaExceededException": 400, "AccessDeniedException": 403, "ResourceNotFoundException": 404,
	"ModelTimeoutException": 408, "ModelErrorException": 424, "ThrottlingException": 429, "TooManyRequestsException": 429,
	"ModelNotReadyException": 429, "InternalServerException": 500, "ServiceUnavailableException": 503,
}

// statusPhrases are the standard texts that are unlikely to occur by accident.
var statusPhrases = map[string]int64{
	"Bad Request": 400, "Request Entity Too Large": 413, "Payload Too Large": 413, "Unsupported Media Type": 415,
	"Unprocessable Entity": 422, "Too Many Requests": 429, "Internal Server Error": 500, "Bad Gateway": 502,
	"Service Unavailable": 503, "Gateway Timeout": 504,
}

// nameOrPhrase finds words that may be names, and runs of capitalised words.
var nameOrPhrase = regexp.MustCompile(`[A-Z][a-z]+(?: [A-Z][a-z]+)+|\w+`)

// statusNamed finds the name of a status, or its standard text.
func statusNamed(s string) (int64, bool) {
	s = s[:min(len(s), 4096)]
	switch strings.TrimSpace(s) { // single words are common, unless they are all there is
	case "Unauthorized":
		return 401, true
	case "Forbidden":
		return 403, true
	case "Not Found":
		return 404, true
	}
	for _, word := range nameOrPhrase.FindAllString(s, -1) {
		if code, ok := statusNames[word]; ok {
			return code, true
		}
		if !strings.Contains(word, " ") {
			continue
		}
		for phrase, code := range statusPhrases {
			if strings.Contains(word, phrase) {
				return code, true
			}
		}
	}
	return 0, false
}
