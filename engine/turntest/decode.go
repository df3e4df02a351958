package turntest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// World reads an environment from YAML.
func World(data []byte) (*flowdeskv1.Environment, error) {
	world := &flowdeskv1.Environment{}
	if err := decode(data, world, nil); err != nil {
		return nil, fmt.Errorf("read world: %w", err)
	}
	return world, nil
}

// decode reads YAML into a message, on top of what is there. Texts that begin with $ are resolved when a function for that is given; enum
// values may lack their prefix.
func decode(data []byte, into proto.Message, resolve func(string) (string, error)) error {
	var tree any
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return fmt.Errorf("yaml: %w", err)
	}
	if tree == nil {
		return nil
	}
	tree, err := complete(tree, into.ProtoReflect().Descriptor(), nil, resolve)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(tree)
	if err != nil {
		return fmt.Errorf("json: %w", err)
	}
	read := into.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal(plain, read); err != nil {
		return fmt.Errorf("%s: %w", into.ProtoReflect().Descriptor().Name(), err)
	}
	proto.Merge(into, read)
	return nil
}

// complete fills in references and prefixes in a tree whose place in a message is known.
func complete(tree any, message protoreflect.MessageDescriptor, enum protoreflect.EnumDescriptor, resolve func(string) (string, error)) (any, error) {
	switch value := tree.(type) {
	case map[string]any:
		for key, item := range value {
			var inside protoreflect.MessageDescriptor
			var values protoreflect.EnumDescriptor
			if message != nil {
				if f := message.Fields().ByTextName(key); f != nil {
					inside, values = f.Message(), f.Enum()
				}
			}
			item, err := complete(item, inside, values, resolve)
			if err != nil {
				return nil, err
			}
			value[key] = item
		}
	case []any:
		for i, item := range value {
			item, err := complete(item, message, enum, resolve)
			if err != nil {
				return nil, err
			}
			value[i] = item
		}
	case time.Time:
		return value.Format(time.RFC3339Nano), nil
	case string:
		if enum != nil && enum.Values().ByName(protoreflect.Name(value)) == nil {
			return prefixOf(enum) + value, nil
		}
		if resolve != nil && strings.HasPrefix(value, "$") {
			return resolve(value[1:])
		}
	}
	return tree, nil
}

// prefixOf is what the names of an enum's values begin with: that of the first, which ends in UNSPECIFIED.
func prefixOf(enum protoreflect.EnumDescriptor) string {
	return strings.TrimSuffix(string(enum.Values().Get(0).Name()), "UNSPECIFIED")
}
