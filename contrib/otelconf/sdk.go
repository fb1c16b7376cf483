package otelconf

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"go.opentelemetry.io/contrib/otelconf"
	"go.opentelemetry.io/otel/log"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/otelposthog/otelposthog-go/baggage"
	"github.com/otelposthog/otelposthog-go/exporter"
	"github.com/otelposthog/otelposthog-go/processor"
)

// fileVariable names the configuration file.
const fileVariable = "OTEL_CONFIG_FILE"

// SDK is what a configuration file describes. Make one with [New] or
// [NewFromYAML].
type SDK struct {
	sdk        otelconf.SDK
	propagator propagation.TextMapPropagator
	processor  *processor.Processor // nil: no posthog node, or disabled
	config     config
}

// New reads the file that OTEL_CONFIG_FILE names. The error says which line is
// wrong and what it could have been. No global of OpenTelemetry is set.
func New(ctx context.Context) (*SDK, error) {
	name := os.Getenv(fileVariable)
	if name == "" {
		return nil, fmt.Errorf("otelposthog: %s is not set: set it to the path of the configuration file", fileVariable)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("otelposthog: %s: %w", fileVariable, err)
	}
	sdk, err := NewFromYAML(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return sdk, nil
}

// NewFromYAML is [New] for the text of a file. Call it at the start of the program:
// while it runs, OTEL_CONFIG_FILE is not set in the environment of the process,
// because OpenTelemetry's otelconf would read that file again, without PostHog.
func NewFromYAML(ctx context.Context, text []byte) (*SDK, error) {
	f, err := parse(text)
	if err != nil {
		return nil, err
	}
	sdk, err := newOTelSDK(ctx, f.rest)
	if err != nil {
		return nil, fmt.Errorf("otelposthog: OpenTelemetry's part of the file: %w", err)
	}
	s := &SDK{sdk: sdk}
	if err := s.addPostHog(f); err != nil {
		return nil, errors.Join(err, sdk.Shutdown(ctx))
	}
	return s, nil
}

var environment sync.Mutex

func newOTelSDK(ctx context.Context, conf otelconf.OpenTelemetryConfiguration) (otelconf.SDK, error) {
	environment.Lock()
	defer environment.Unlock()
	if name, ok := os.LookupEnv(fileVariable); ok {
		_ = os.Unsetenv(fileVariable)
		defer func() { _ = os.Setenv(fileVariable, name) }()
	}
	return otelconf.NewSDK(otelconf.WithContext(ctx), otelconf.WithOpenTelemetryConfiguration(conf))
}

// addPostHog registers the processor last: the meter provider for its metrics
// must be there.
func (s *SDK) addPostHog(f file) error {
	var propagatorOptions []baggage.PropagatorOption
	provider, enabled := s.sdk.TracerProvider().(*sdktrace.TracerProvider)
	if f.posthog != nil {
		s.config = *f.posthog
		meters := s.sdk.MeterProvider()
		exp, err := exporter.New(s.config.apiKey, append(s.config.exporter, exporter.WithMeterProvider(meters))...)
		if err != nil {
			return fmt.Errorf("otelposthog: %s: %w", f.path, inSettings{err})
		}
		if enabled {
			s.processor = processor.New(sdktrace.NewBatchSpanProcessor(exp, s.config.batch...),
				append(s.config.processor, processor.WithMeterProvider(meters))...)
			provider.RegisterSpanProcessor(s.processor)
			propagatorOptions = append(propagatorOptions, baggage.WithAIParent(s.processor.AIParent))
		}
	}
	s.propagator = baggage.Propagator(s.sdk.Propagator(), propagatorOptions...)
	return nil
}

// TracerProvider returns the tracer provider of the file.
func (s *SDK) TracerProvider() trace.TracerProvider { return s.sdk.TracerProvider() }

// MeterProvider returns the meter provider of the file.
func (s *SDK) MeterProvider() metric.MeterProvider { return s.sdk.MeterProvider() }

// LoggerProvider returns the logger provider of the file.
func (s *SDK) LoggerProvider() log.LoggerProvider { return s.sdk.LoggerProvider() }

// Propagator returns the propagators of the file within [baggage.Propagator]: the
// session leaves the process only in calls that are marked as going to a service of
// yours, as [SDK.Transport] does it.
func (s *SDK) Propagator() propagation.TextMapPropagator { return s.propagator }

// Handler is [baggage.NewHandler] with the settings below session. It stands
// outside of otelhttp's handler, where browsers reach the service. The options are
// for what a file cannot say, such as [baggage.WithIdentity].
func (s *SDK) Handler(next http.Handler, opts ...baggage.HandlerOption) http.Handler {
	return baggage.NewHandler(next, append(s.config.handler[:len(s.config.handler):len(s.config.handler)], opts...)...)
}

// Transport is [baggage.NewTransport] with the trusted hosts of the file. It stands
// outside of otelhttp's transport.
func (s *SDK) Transport(next http.RoundTripper, opts ...baggage.TransportOption) http.RoundTripper {
	return baggage.NewTransport(next, append(s.config.transport[:len(s.config.transport):len(s.config.transport)], opts...)...)
}

// Shutdown sends what is waiting and ends everything. The spans go before the
// metrics, so that those of the last export are exported, too. A nil or zero SDK,
// that of a New which failed, has nothing to end.
func (s *SDK) Shutdown(ctx context.Context) error {
	if s == nil || s.propagator == nil {
		return nil
	}
	var err error
	if s.processor != nil {
		err = s.processor.Shutdown(ctx)
	}
	return errors.Join(err, s.sdk.Shutdown(ctx))
}

// inSettings makes an error about options speak of the settings of the file.
type inSettings struct{ error }

var settingNames = strings.NewReplacer(
	"otelposthog: ", "",
	"WithHost", "exporter.endpoint",
	"WithInsecureHost (POSTHOG_INSECURE_HOST=true)", "exporter.insecure: true",
	", and POSTHOG_COMPRESSION=zstd needs POSTHOG_CAPTURE_MODE=v1", "",
	"WithCaptureMode(CaptureV1)", "exporter.capture: v1",
	"WithCaptureMode", "exporter.capture",
	"CaptureV1", "v1",
	"WithCompression", "exporter.compression",
	"WithProperties", "exporter.properties",
	"WithoutRedaction", "privacy.without_redaction",
	"WithRedaction", "privacy.redaction",
	"WithAllowedProperties", "privacy.allowed_properties",
	"WithContent(ContentAll)", "privacy.content: all",
)

func (e inSettings) Error() string { return settingNames.Replace(e.error.Error()) }

func (e inSettings) Unwrap() error { return e.error }
