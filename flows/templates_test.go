package flows_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/flows"
)

func TestEveryShippedFlowIsInTheGallery(t *testing.T) {
	t.Parallel()
	templates, err := flows.Templates()
	require.NoError(t, err)
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	ids := make(map[string]bool)
	for _, template := range templates {
		ids[template.GetId()+".yaml"] = true
		_, err := os.Stat(template.GetId() + ".yaml")
		require.NoError(t, err)
		require.NotEmpty(t, template.GetTitle().GetZh())
		require.NotEmpty(t, template.GetTitle().GetEn())
		require.NotEmpty(t, template.GetExplanation().GetZh())
		require.NotEmpty(t, template.GetExplanation().GetEn())
	}
	for _, file := range files {
		require.True(t, ids[file], "%s has no entry", file)
	}
	require.Equal(t, "unified", templates[0].GetId())
}
