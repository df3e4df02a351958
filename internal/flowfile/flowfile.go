// Package flowfile reads and writes flow definitions as YAML or JSON files of the same protobuf message.
//
// It may import gen, YAML and the standard library.
package flowfile

import (
	"encoding/json"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// MaxSize is the greatest size of a file: a flow of 2,000 nodes has about half of it.
const MaxSize = 1 << 20

// ErrTooLarge is a file above MaxSize.
var ErrTooLarge = errors.New("the file is larger than 1 MiB")

// Read reads a definition from YAML or JSON, which is YAML too. Unknown fields, wrong types and unknown enum values are errors that name
// the field; errors of the YAML itself name the line.
func Read(data []byte) (*flowdeskv1.FlowDefinition, error) {
	if len(data) > MaxSize {
		return nil, ErrTooLarge
	}
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return nil, fmt.Errorf("read flow file: %w", err)
	}
	plain, err := json.Marshal(tree)
	if err != nil {
		return nil, fmt.Errorf("read flow file: keys must be texts: %w", err)
	}
	definition := &flowdeskv1.FlowDefinition{}
	if err := protojson.Unmarshal(plain, definition); err != nil {
		return nil, fmt.Errorf("read flow file: %w", err)
	}
	return definition, nil
}

// Write is a definition as YAML.
func Write(definition *flowdeskv1.FlowDefinition) ([]byte, error) {
	plain, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(definition)
	if err != nil {
		return nil, fmt.Errorf("write flow file: %w", err)
	}
	var tree yaml.Node
	if err := yaml.Unmarshal(plain, &tree); err != nil {
		return nil, fmt.Errorf("write flow file: %w", err)
	}
	block(&tree)
	return yaml.Marshal(&tree)
}

// block drops the flow style that JSON brings along.
func block(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		block(child)
	}
}
