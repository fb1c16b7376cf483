package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	kubernetesyaml "sigs.k8s.io/yaml"
)

const deploy = "../../deploy"

// TestKubernetes reads the manifests into Kubernetes' own types, which know every
// field, and looks at what has to fit together.
func TestKubernetes(t *testing.T) {
	t.Parallel()
	var pods []corev1.PodSpec
	for _, file := range []string{"deployment.yaml", "statefulset.yaml"} {
		for _, document := range documents(t, filepath.Join(deploy, "kubernetes", file)) {
			var kind struct{ Kind string }
			require.NoError(t, kubernetesyaml.Unmarshal(document, &kind))
			switch kind.Kind {
			case "Deployment":
				var d appsv1.Deployment
				require.NoError(t, kubernetesyaml.UnmarshalStrict(document, &d))
				require.Equal(t, d.Spec.Selector.MatchLabels, d.Spec.Template.Labels)
				pods = append(pods, d.Spec.Template.Spec)
			case "StatefulSet":
				var s appsv1.StatefulSet
				require.NoError(t, kubernetesyaml.UnmarshalStrict(document, &s))
				require.Equal(t, s.Spec.Selector.MatchLabels, s.Spec.Template.Labels)
				require.Equal(t, s.Spec.VolumeClaimTemplates[0].Name, s.Spec.Template.Spec.Containers[0].VolumeMounts[0].Name)
				pods = append(pods, s.Spec.Template.Spec)
			case "Service":
				var s corev1.Service
				require.NoError(t, kubernetesyaml.UnmarshalStrict(document, &s))
				require.Equal(t, s.Labels, s.Spec.Selector)
			default:
				t.Fatalf("%s: unknown kind %q", file, kind.Kind)
			}
		}
	}
	require.Len(t, pods, 2)
	for _, pod := range pods {
		require.Greater(t, *pod.TerminationGracePeriodSeconds, int64(30), "shutdown_timeout and what waits in front")
		require.True(t, *pod.SecurityContext.RunAsNonRoot)
		container := pod.Containers[0]
		require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem)
		config := read(t, filepath.Join("config", filepath.Base(container.Args[1])))
		for _, env := range container.Env {
			if env.Name != "GOMEMLIMIT" {
				require.Contains(t, config, "${env:"+env.Name, "the configuration asks for it")
			}
		}
		ports := map[string]bool{}
		for _, port := range container.Ports {
			ports[port.Name] = true
		}
		require.True(t, ports["otlp-grpc"] && ports["otlp-http"])
	}
}

// TestOperator validates the configuration inside of the Operator's resource.
func TestOperator(t *testing.T) {
	t.Setenv("POSTHOG_API_KEY", "phc_test")
	var resource struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       struct {
			Mode   string
			Config map[string]any
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, filepath.Join(deploy, "kubernetes", "operator.yaml"))), &resource))
	require.Equal(t, "opentelemetry.io/v1beta1", resource.APIVersion)
	require.Equal(t, "OpenTelemetryCollector", resource.Kind)
	require.Equal(t, "statefulset", resource.Spec.Mode)
	// The directory is checked, and is not here.
	resource.Spec.Config["extensions"].(map[string]any)["file_storage"].(map[string]any)["directory"] = t.TempDir()
	resource.Spec.Config["extensions"].(map[string]any)["file_storage"].(map[string]any)["compaction"].(map[string]any)["directory"] = t.TempDir()
	config, err := yaml.Marshal(resource.Spec.Config)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(file, config, 0o600))
	require.NoError(t, validate(settings(), file))
}

// TestDockerfile holds what the image promises against the code.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := read(t, filepath.Join(deploy, "Dockerfile"))
	require.Contains(t, text, "-X main.version=")
	require.Contains(t, text, "USER 65532:65532")
	require.Contains(t, text, "VERSION="+settings().BuildInfo.Version)
	for _, path := range regexp.MustCompile(`COPY (collector/\S+)`).FindAllStringSubmatch(text, -1) {
		_, err := os.Stat(filepath.Join("..", "..", "..", path[1]))
		require.NoError(t, err)
	}
	_, err := os.Stat(filepath.Join("config", filepath.Base("durable.yaml")))
	require.NoError(t, err)
}

// ofTheCollector are metrics in the queries that every Collector has.
var ofTheCollector = map[string]bool{"otelcol_exporter_queue_size": true, "otelcol_exporter_queue_capacity": true}

// TestQueries holds the metrics in the dashboard and in the alert rules against those
// that documentation.md lists, and every one of these is in the dashboard.
func TestQueries(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		Panels []struct {
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, filepath.Join(deploy, "grafana-dashboard.json"))), &dashboard))
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	decoder := yaml.NewDecoder(strings.NewReader(read(t, filepath.Join(deploy, "prometheus-rules.yaml"))))
	require.NoError(t, decoder.Decode(&rules))
	known := documented(t)
	names := regexp.MustCompile(`otelcol_[a-z_]+`)
	check := func(expr string) (found []string) {
		require.NotEmpty(t, expr)
		require.Equal(t, strings.Count(expr, "("), strings.Count(expr, ")"), expr)
		for _, name := range names.FindAllString(expr, -1) {
			name = strings.TrimSuffix(name, "_bucket")
			require.True(t, known[name] != (row{}) || ofTheCollector[name], "%s is in no list", name)
			found = append(found, name)
		}
		require.NotEmpty(t, found, expr)
		return found
	}
	shown := map[string]bool{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			for _, name := range check(target.Expr) {
				shown[name] = true
			}
		}
	}
	for name := range known {
		require.True(t, shown[name], "%s is not in the dashboard", name)
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			require.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
			check(rule.Expr)
		}
	}
}

func documents(t *testing.T, file string) (list [][]byte) {
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(read(t, file))))
	for {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		data, err := yaml.Marshal(document)
		require.NoError(t, err)
		list = append(list, data)
	}
}
