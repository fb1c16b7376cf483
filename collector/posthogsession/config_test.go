package posthogsession_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"

	"github.com/otelposthog/otelposthog-go/collector/posthogsession"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	conf, err := confmaptest.LoadConf(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	load := func(name string) *posthogsession.Config {
		sub, err := conf.Sub(name)
		require.NoError(t, err)
		cfg := defaultConfig()
		require.NoError(t, sub.Unmarshal(cfg))
		require.NoError(t, confmap.Validate(cfg))
		return cfg
	}
	require.NoError(t, componenttest.CheckConfigStruct(defaultConfig()))
	require.Equal(t, defaultConfig(), load("posthogsession"))
	require.Equal(t, &posthogsession.Config{
		Wait: 30 * time.Second, Remember: 10 * time.Minute, MaxRememberedBytes: 512 << 20,
		MaxWaitingBytes: 1 << 30, KeepOpen: true, Session: []string{"app.session.id"},
	}, load("posthogsession/full"))
	require.Zero(t, load("posthogsession/grouped").Wait)

	for want, change := range map[string]func(*posthogsession.Config){
		"wait":                    func(c *posthogsession.Config) { c.Wait = -1 },
		"wait: 10 nanoseconds":    func(c *posthogsession.Config) { c.Wait = 10 },
		"remember":                func(c *posthogsession.Config) { c.Remember = 0 },
		"keep_open has no effect": func(c *posthogsession.Config) { c.KeepOpen, c.Wait = true, 0 },
		"max_remembered_bytes":    func(c *posthogsession.Config) { c.MaxRememberedBytes = 100 },
		"max_waiting_bytes": func(c *posthogsession.Config) {
			c.MaxWaitingBytes = 0
		},
		"session": func(c *posthogsession.Config) { c.Session = []string{""} },
	} {
		cfg := defaultConfig()
		change(cfg)
		require.ErrorContains(t, cfg.Validate(), want)
	}
}
