package nodes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine/turntest"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

// TestScripts plays the cases of each node type, and names the types and ports that have none.
func TestScripts(t *testing.T) {
	catalog := nodes.Builtin()
	check, err := validate.New()
	require.NoError(t, err)
	catalog.Validate = check // as the server does
	turntest.Run(t, catalog, "testdata")
}
