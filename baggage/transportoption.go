package baggage

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// A TransportOption changes what NewTransport makes. A nil option is ignored.
type TransportOption interface{ applyTransport(*transportConfig) }

// WithTrustedHosts names the hosts to which the session may go: your own
// services. A pattern is one of
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
// All but a range may end in a port, api.example.com:8443 or [::1]:8080, and
// then match that port alone; a URL without a port has the one of its scheme.
//
// Only what the URL says is compared: a range does not match a name that
// resolves into it. International names are written as xn--..., and a URL whose
// host is not ASCII is not trusted.
//
// Several options add up. The default, and no patterns, trust nobody. A pattern
// that is not understood trusts nothing either and is reported to the
// OpenTelemetry error handler when the transport is made; the others hold. To
// stop a program instead, call ValidateTrustedHosts first.
func WithTrustedHosts(patterns ...string) TransportOption {
	return transportOption(func(c *transportConfig) {
		hosts, err := ParseTrustedHosts(patterns...)
		if err != nil {
			otel.Handle(err)
		}
		c.trusted.patterns = append(c.trusted.patterns, hosts.patterns...)
	})
}

// WithoutBaggage withholds all baggage from hosts that are not trusted, not only
// the members of this package. By default other people's members go where they
// went before.
func WithoutBaggage() TransportOption {
	return transportOption(func(c *transportConfig) { c.strip.baggage = true })
}

// WithoutTraceContext also withholds the headers traceparent and tracestate from
// hosts that are not trusted. By default they go out: they name no person, a
// gateway may continue the trace, and most other services ignore them. Some refuse
// a request that has them.
//
// This needs the transport INSIDE, below otelhttp.NewTransport, which writes
// these headers when the transport outside has done its part already. A header
// that went out nevertheless is reported to the OpenTelemetry error handler once.
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
