package recipes

import (
	"net/http"

	"github.com/gin-gonic/gin"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// Gin has middleware of its own form, so baggage.NewHandler goes around the engine:
// serve what this returns, not engine.Run.
func Gin() http.Handler {
	engine := gin.New()
	engine.Use(otelgin.Middleware("gateway"))
	engine.GET("/chat/:question", func(c *gin.Context) {
		// The session is in the context of the request. The gin.Context itself has
		// it only where engine.ContextWithFallback is set.
		c.String(http.StatusOK, "%s", ask(c.Request.Context(), c.Param("question")))
	})
	return baggage.NewHandler(engine)
}
