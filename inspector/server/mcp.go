package server

import (
	"net/http"

	"github.com/otelposthog/otelposthog-go/inspector/internal/agent"
)

func (s *Server) mcp() http.Handler { return agent.NewHandler(s.store, s.opts.Version) }
