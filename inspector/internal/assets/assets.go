// Package assets embeds what comes from npm: the replay player and posthog-js.
// They are not committed; `go generate ./internal/assets` in the inspector's folder brings
// the versions of the lock file. Without them everything but the picture of the
// replay works.
package assets

import (
	"embed"
	"io/fs"
)

//go:generate npm ci --ignore-scripts --silent
//go:generate npm run --silent dist

// Command brings the files, from the folder of the inspector.
const Command = "go generate ./internal/assets"

//go:embed dist
var dist embed.FS

// Files returns the files that were there when the program was built: player/
// and static/.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return embed.FS{} // cannot be: the name is a constant
	}
	return files
}

// Has reports whether a file was there when the program was built.
func Has(name string) bool {
	_, err := fs.Stat(Files(), name)
	return err == nil
}
