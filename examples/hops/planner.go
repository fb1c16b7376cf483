package main

import (
	"context"
	"io"
	"net/http"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// planner is hop 2: HTTP in, gRPC out.
type planner struct {
	telemetry *telemetry
	writer    *grpc.ClientConn
}

var _ http.Handler = (*planner)(nil)

func newPlanner(writerAddr string, t *telemetry) (*planner, error) {
	conn, err := grpc.NewClient(writerAddr,
		append(t.dial(writerAddr), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		return nil, err
	}
	return &planner{telemetry: t, writer: conn}, nil
}

func (p *planner) close() error { return p.writer.Close() }

func (p *planner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	topic, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<10))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	err = runAgent(r.Context(), p.telemetry, "planner", func(ctx context.Context) error {
		plan := askModel(ctx, p.telemetry, "Plan a report on "+string(topic))
		return p.writer.Invoke(ctx, writeMethod, wrapperspb.String(plan), &emptypb.Empty{})
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
