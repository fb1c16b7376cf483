package otelopenai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	otelsemconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// apiError is an error as the API writes it. Its message is not read, because it
// may quote the prompt.
type apiError struct {
	Code json.RawMessage `json:"code"` // text, a number or null
	Type string          `json:"type"`
}

// name returns the error's code, or else its type. Only names that look like the
// API's are taken: error.type must have few values, and no content.
func (e *apiError) name() string {
	code := strings.Trim(string(e.Code), `"`)
	for _, name := range [...]string{code, e.Type} {
		if name != "null" && isName(name) {
			return name
		}
	}
	return ""
}

func isName(s string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
	return s != "" && len(s) <= 64 && strings.Trim(s, allowed) == ""
}

// failWithStatus marks span as failed by an HTTP status. body is the beginning of
// the answer.
func failWithStatus(span trace.Span, code int, body []byte) {
	var answer struct {
		Error apiError `json:"error"`
	}
	_ = decode(body, &answer)
	status := strconv.Itoa(code)
	errorType, text := status, strings.TrimSpace(status+" "+http.StatusText(code))
	if name := answer.Error.name(); name != "" {
		errorType, text = name, text+": "+name
	}
	span.SetAttributes(otelsemconv.HTTPResponseStatusCode(code), otelsemconv.ErrorTypeKey.String(errorType))
	span.SetStatus(codes.Error, text)
}

// failWithAnswer marks span as failed by what the API says in an answer or in a
// stream whose HTTP status is 200.
func failWithAnswer(span trace.Span, e *apiError) {
	errorType, text := otelsemconv.ErrorTypeOther.Value.AsString(), "the API reported an error"
	if name := e.name(); name != "" {
		errorType, text = name, text+": "+name
	}
	span.SetAttributes(otelsemconv.ErrorTypeKey.String(errorType))
	span.SetStatus(codes.Error, text)
}

// failWithError marks span as failed by an error of this side. The text of err
// goes on the span, unless it is of the client and quotes the API's message.
func failWithError(span trace.Span, err error) {
	span.SetAttributes(errorType(err))
	var fromAPI interface{ RawJSON() string } // *openai.Error
	if errors.As(err, &fromAPI) {
		var e apiError
		_ = decode([]byte(fromAPI.RawJSON()), &e)
		failWithAnswer(span, &e)
		return
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) { // a URL may hold secrets, and server.address says where
		err = urlErr.Err
	}
	span.SetStatus(codes.Error, err.Error())
}

func errorType(err error) attribute.KeyValue {
	switch {
	case errors.Is(err, context.Canceled):
		return otelsemconv.ErrorTypeKey.String("context.Canceled")
	case errors.Is(err, context.DeadlineExceeded):
		return otelsemconv.ErrorTypeKey.String("context.DeadlineExceeded")
	case errors.Is(err, io.ErrUnexpectedEOF): // a connection that broke off
		return otelsemconv.ErrorTypeKey.String("io.ErrUnexpectedEOF")
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return otelsemconv.ErrorType(err)
}
