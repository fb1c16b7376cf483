package baggage

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// A TransportOption configures NewTransport. A nil option is ignored.
type TransportOption interface{ applyTransport(*transportConfig) }

// WithTrustedHosts names the hosts that may get the session: your own services.
// A pattern is one of
//
//	assistant.example.com    this name; case and a trailing dot do not matter
//	*.example.com            every name below example.com, at any depth, but not
//	                         example.com itself
//	*.svc.cluster.local      the same: the services of a Kubernetes cluster
//	10.1.2.3, ::1            this address; a zone does not matter
//	10.0.0.0/8, fd00::/8     the addresses of a range
//	loopback                 this machine, see Loopback
//	single-label             names without a dot, see SingleLabel
//
// Every pattern except a range may end in a port, such as api.example.com:8443
// or [::1]:8080, and then matches only that port. A URL without a port has its
// scheme's default port.
//
// Only the text of the URL is compared: a range does not match a name that
// resolves into it. International names are written as xn--..., and a URL whose
// host is not ASCII is not trusted.
//
// Several options add up. By default, and without patterns, no host is trusted.
// A pattern that is not understood matches nothing and is reported to the
// OpenTelemetry error handler when the transport is made; the other patterns
// still work. To fail at start-up instead, call ValidateTrustedHosts first.
func WithTrustedHosts(patterns ...string) TransportOption {
	return transportOption(func(c *transportConfig) {
		hosts, err := ParseTrustedHosts(patterns...)
		if err != nil {
			otel.Handle(err)
		}
		c.trusted.patterns = append(c.trusted.patterns, hosts.patterns...)
	})
}

// WithoutBaggage removes all baggage from requests to untrusted hosts, not only
// the members of this package. By default other members are sent.
func WithoutBaggage() TransportOption {
	return transportOption(func(c *transportConfig) { c.strip.baggage = true })
}

// WithoutTraceContext also removes the headers traceparent and tracestate from
// requests to untrusted hosts. By default they are sent: they name no person, a
// gateway may continue the trace, and most other services ignore them. Use the
// option for a service that refuses requests with them.
//
// This works only INSIDE otelhttp.NewTransport, because otelhttp writes these
// headers after an outer transport has run. If such a header is sent anyway,
// that is reported to the OpenTelemetry error handler once.
func WithoutTraceContext() TransportOption {
	return transportOption(func(c *transportConfig) { c.strip.trace = true })
}

type transportConfig struct {
	trusted TrustedHosts
	strip   strip

	meterProvider metric.MeterProvider // nil: the global one
}

type transportOption func(*transportConfig)

func (f transportOption) applyTransport(c *transportConfig) { f(c) }
