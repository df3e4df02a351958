package cli

import (
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// readMessage reads a message from a JSON or YAML file, or from standard input for -.
func (sh *Shell) readMessage(file string, into proto.Message) error {
	data, err := sh.read(file)
	if err != nil {
		return err
	}
	return sh.parseMessage(file, data, into)
}

func (sh *Shell) parseMessage(subject string, data []byte, into proto.Message) error {
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil { // JSON is YAML
		return sh.invalid("%s: %s", subject, err)
	}
	asJSON, err := jsonOf(tree)
	if err != nil {
		return sh.invalid("%s: %s", subject, err)
	}
	if err := protojson.Unmarshal(asJSON, into); err != nil {
		return sh.invalid("%s: %s", subject, steady(err))
	}
	return nil
}

// steady is an error of the protobuf library without its name and with the same spaces every time: the library varies them.
func steady(err error) string {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "proto:", "")), " ")
}

// jsonOf writes a tree that was read from YAML as JSON. An empty file is an empty object.
func jsonOf(tree any) ([]byte, error) {
	if tree == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(tree)
}
