package capture

import (
	"net/url"
	"regexp"
	"strings"
)

// scrubber removes secrets from a foreign text, because a server may repeat
// them.
type scrubber struct{ replacer *strings.Replacer }

func newScrubber(cfg Config) scrubber {
	secrets := []string{cfg.APIKey}
	if cfg.User != nil {
		password, _ := cfg.User.Password()
		secrets = append(secrets, password, cfg.User.Username(), basic(cfg.User))
	}
	var pairs []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		for _, form := range []string{s, url.QueryEscape(s), url.PathEscape(s)} {
			pairs = append(pairs, form, "[redacted]")
		}
	}
	return scrubber{strings.NewReplacer(pairs...)}
}

func (s scrubber) clean(text string) string {
	return userinfo.ReplaceAllString(s.replacer.Replace(text), "://[redacted]@")
}

// userinfo is the user and the password of any URL, such as that of a proxy.
var userinfo = regexp.MustCompile(`://[^\s"]*@`)

// wrap returns an error with the text. It wraps err if there is one and it
// contains no secret.
func (s scrubber) wrap(text string, err error) error {
	if err != nil && s.clean(err.Error()) != err.Error() {
		err = nil
	}
	return &cleanError{text: text, cause: err}
}

// cleanError is an error with a clean text. It may wrap an error for errors.Is
// and errors.As.
type cleanError struct {
	text  string
	cause error
}

func (e *cleanError) Error() string { return e.text }
func (e *cleanError) Unwrap() error { return e.cause }
