package otelposthog_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write api.txt anew")

// TestAPI compares the exported API of all modules with the snapshot in api.txt,
// so that no change of it goes unnoticed.
func TestAPI(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, dir := range packages(t) {
		fmt.Fprintf(&got, "package %s\n", dir)
		for _, line := range exported(t, dir) {
			fmt.Fprintf(&got, "    %s\n", line)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile("api.txt", []byte(got.String()), 0o644))
		return
	}
	want, err := os.ReadFile("api.txt")
	require.NoError(t, err)
	require.Equal(t, string(want), got.String(), "the API has changed: if it should, run make api and review api.txt")
}

// packages returns the folders with packages that others can import. Programs,
// examples and tests have no API.
func packages(t *testing.T) []string {
	t.Helper()
	var dirs []string
	require.NoError(t, filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch name := d.Name(); {
		case name == "internal" || name == "testdata" || name == "node_modules" || name == "bin",
			path == "examples" || path == "bench", path != "." && strings.HasPrefix(name, "."):
			return filepath.SkipDir
		}
		if len(exported(t, path)) > 0 {
			dirs = append(dirs, filepath.ToSlash(path))
		}
		return nil
	}))
	slices.Sort(dirs)
	return dirs
}

// exported returns a line for each exported declaration of a package.
func exported(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var lines []string
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		if file.Name.Name == "main" {
			continue
		}
		ast.FileExports(file)
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if !ofExportedType(d) {
					continue
				}
				d.Body, d.Doc = nil, nil
				lines = append(lines, source(t, set, d))
			case *ast.GenDecl:
				if d.Tok == token.IMPORT {
					continue
				}
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok { // the value is documented, and none of the API
						for _, name := range v.Names {
							lines = append(lines, d.Tok.String()+" "+name.Name)
						}
						continue
					}
					lines = append(lines, d.Tok.String()+" "+source(t, set, spec))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// ofExportedType reports whether a function is none of a type that is not exported.
func ofExportedType(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	name, ok := receiver.(*ast.Ident)
	return !ok || name.IsExported()
}

func source(t *testing.T, set *token.FileSet, node any) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, format.Node(&b, set, node))
	var lines []string
	for line := range strings.Lines(b.String()) {
		line, _, _ = strings.Cut(line, "//")
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
