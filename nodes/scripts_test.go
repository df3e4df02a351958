package nodes_test

import (
	"testing"

	"github.com/flowdesk/flowdesk/engine/turntest"
	"github.com/flowdesk/flowdesk/nodes"
)

// TestScripts plays the cases of each node type, and names the types and ports that have none.
func TestScripts(t *testing.T) {
	catalog := nodes.Builtin()
	catalog.Validate = validator(t)
	turntest.Run(t, catalog, "testdata")
}
