package server

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress

	"github.com/otelposthog/otelposthog-go/inspector/internal/otlp"
)

func (s *Server) addTraces(td ptrace.Traces) {
	spans := otlp.Spans(td)
	s.store.AddSpans(spans)
	s.forward.spans(spans)
}

func (s *Server) addLogs(ld plog.Logs) { s.store.AddContents(otlp.Contents(ld)) }

// otlpMessage is what the requests and responses of pdata have in common.
type otlpMessage interface {
	UnmarshalProto([]byte) error
	UnmarshalJSON([]byte) error
}

type otlpAnswer interface {
	MarshalProto() ([]byte, error)
	MarshalJSON() ([]byte, error)
}

func (s *Server) serveTraces(w http.ResponseWriter, r *http.Request) {
	request := ptraceotlp.NewExportRequest()
	s.serveOTLP(w, r, request, ptraceotlp.NewExportResponse(), func() { s.addTraces(request.Traces()) })
}

func (s *Server) serveLogs(w http.ResponseWriter, r *http.Request) {
	request := plogotlp.NewExportRequest()
	s.serveOTLP(w, r, request, plogotlp.NewExportResponse(), func() { s.addLogs(request.Logs()) })
}

// serveMetrics takes metrics and forgets them, so that an SDK that sends all
// signals to one address does not report errors.
func serveMetrics(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	if strings.Contains(r.Header.Get("Content-Type"), "json") {
		_, _ = w.Write([]byte("{}"))
	}
}

func (s *Server) serveOTLP(w http.ResponseWriter, r *http.Request, request otlpMessage, response otlpAnswer, store func()) {
	if r.Method != http.MethodPost {
		http.Error(w, "only POST works here", http.StatusMethodNotAllowed)
		return
	}
	status, err := decodeOTLP(r, request)
	if err != nil {
		s.refuse(r.URL.Path, status, err.Error())
		http.Error(w, err.Error(), status)
		return
	}
	store()
	answer, err := response.MarshalProto()
	contentType := "application/x-protobuf"
	if isJSON(r) {
		answer, err = response.MarshalJSON()
		contentType = "application/json"
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(answer) // a client that is gone does not matter
}

func decodeOTLP(r *http.Request, request otlpMessage) (status int, err error) {
	body, plain, err := readBody(r)
	if err != nil {
		return http.StatusBadRequest, err
	}
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
		if plain != nil {
			body = plain
		}
	case "gzip":
		if body, err = gunzip(body); err != nil {
			return http.StatusBadRequest, err
		}
	default:
		return http.StatusUnsupportedMediaType, fmt.Errorf("the compression %q is not supported: use gzip or none", encoding)
	}
	if isJSON(r) {
		err = request.UnmarshalJSON(body)
	} else {
		err = request.UnmarshalProto(body)
	}
	if err != nil {
		return http.StatusBadRequest, fmt.Errorf("the body is not OTLP: %w", err)
	}
	return http.StatusOK, nil
}

func isJSON(r *http.Request) bool {
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return mediaType == "application/json"
}

func isGRPC(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc")
}

func (s *Server) newGRPC() *grpc.Server {
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(maxPlain))
	ptraceotlp.RegisterGRPCServer(srv, &grpcTraces{server: s})
	plogotlp.RegisterGRPCServer(srv, &grpcLogs{server: s})
	return srv
}

type grpcTraces struct {
	ptraceotlp.UnimplementedGRPCServer
	server *Server
}

func (g *grpcTraces) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	g.server.addTraces(request.Traces())
	return ptraceotlp.NewExportResponse(), nil
}

type grpcLogs struct {
	plogotlp.UnimplementedGRPCServer
	server *Server
}

func (g *grpcLogs) Export(_ context.Context, request plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	g.server.addLogs(request.Logs())
	return plogotlp.NewExportResponse(), nil
}
