// Package web holds the built console.
package web

import (
	"embed"
	"io/fs"
)

// The console's files are built and not in the repository. Without them the one committed page says how to build them, so that the Go
// code builds and tests without Node.
//
//go:embed all:assets
var assets embed.FS

// Console gives the console's files, and whether they are the built ones.
func Console() (fs.FS, bool) {
	if built, err := fs.Sub(assets, "assets/console"); err == nil {
		if _, err := fs.Stat(built, "index.html"); err == nil {
			return built, true
		}
	}
	page, err := fs.Sub(assets, "assets/unbuilt")
	if err != nil {
		return assets, false
	}
	return page, false
}
