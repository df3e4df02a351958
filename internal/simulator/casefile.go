package simulator

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

//go:embed scenarios/*.yaml
var scenarioFiles embed.FS

// maxCaseFile bounds a file of a test case.
const maxCaseFile = 1 << 20

// ReadCase reads a test case from YAML or JSON: the JSON form of the message, in either notation of field names.
func ReadCase(data []byte) (*flowdeskv1.TestCase, error) {
	if len(data) > maxCaseFile {
		return nil, fmt.Errorf("a test case file has at most %d bytes", maxCaseFile)
	}
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("read test case: %w", err)
	}
	plain, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("read test case: %w", err)
	}
	c := &flowdeskv1.TestCase{}
	if err := protojson.Unmarshal(plain, c); err != nil {
		return nil, fmt.Errorf("read test case: %w", err)
	}
	return c, nil
}

// WriteCase writes a test case as YAML.
func WriteCase(c *flowdeskv1.TestCase) ([]byte, error) {
	plain, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write test case: %w", err)
	}
	var tree any
	if err := json.Unmarshal(plain, &tree); err != nil {
		return nil, fmt.Errorf("write test case: %w", err)
	}
	return yaml.Marshal(tree)
}

// Scenarios are the scenarios that are shipped, in order.
func Scenarios() ([]*flowdeskv1.TestCase, error) {
	names, err := fs.Glob(scenarioFiles, "scenarios/*.yaml")
	if err != nil {
		return nil, err
	}
	all := make([]*flowdeskv1.TestCase, len(names))
	for i, file := range names {
		if all[i], err = Scenario(strings.TrimSuffix(path.Base(file), ".yaml")); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Scenario is a shipped scenario by its id.
func Scenario(scenario string) (*flowdeskv1.TestCase, error) {
	data, err := scenarioFiles.ReadFile("scenarios/" + scenario + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", scenario, storage.ErrNotFound)
	}
	c, err := ReadCase(data)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", scenario, err)
	}
	c.Id, c.Name = scenario, scenarioPrefix+scenario
	return c, nil
}
