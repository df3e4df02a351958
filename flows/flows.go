// Package flows holds the flows that are shipped with the product, as definition files that users can copy and edit.
package flows

import (
	"embed"
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

//go:embed *.yaml
var files embed.FS

// LoadLayout reads where things stand on the canvas of a shipped flow; nil when its file says nothing of it.
func LoadLayout(name string) (*flowdeskv1.FlowLayout, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("shipped flow %s: %w", name, err)
	}
	_, positions, _ := flowfile.Parse(data) // what is wrong with a file is Load's to say
	return positions.Layout(), nil
}

// Load reads a shipped flow by its name, the file's name without ending.
func Load(name string) (*flowdeskv1.FlowDefinition, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("shipped flow %s: %w", name, err)
	}
	return flowfile.Read(data)
}
