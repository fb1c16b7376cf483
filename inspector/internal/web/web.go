// Package web embeds the page.
package web

import "embed"

// Files are the page, its styles and its scripts. There is no build step.
//
//go:embed *.html *.css *.js *.svg
var Files embed.FS
