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

// Load reads a shipped flow by its name, the file's name without ending.
func Load(name string) (*flowdeskv1.FlowDefinition, error) {
	data, err := files.ReadFile(name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("shipped flow %s: %w", name, err)
	}
	return flowfile.Read(data)
}
