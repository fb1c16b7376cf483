package recipes

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/otelposthog/otelposthog-go/baggage"
)

// Echo is an http.Handler, so both go around it.
func Echo() http.Handler {
	e := echo.New()
	e.GET("/chat/:question", func(c echo.Context) error {
		return c.String(http.StatusOK, ask(c.Request().Context(), c.Param("question")))
	})
	return baggage.NewHandler(otelhttp.NewHandler(e, "gateway"))
}
