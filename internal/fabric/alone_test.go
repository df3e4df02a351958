package fabric_test

import (
	"testing"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/fabrictest"
)

func TestAloneIsAFabric(t *testing.T) {
	t.Parallel()
	fabrictest.Run(t, func(*testing.T) fabrictest.Group {
		return fabrictest.Group{Join: func(*testing.T, string) fabric.Fabric { return fabric.Alone{} }, Alone: true}
	})
}
