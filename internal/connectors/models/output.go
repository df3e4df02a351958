package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Output describes typed output. It is made by SchemaOutput or MessageOutput and may be shared.
type Output struct {
	name   string
	schema json.RawMessage
	check  func(json.RawMessage) error
}

// Schema returns the JSON schema that the provider is shown.
func (o *Output) Schema() json.RawMessage { return o.schema }

// Check says whether an object may be used.
func (o *Output) Check(object json.RawMessage) error { return o.check(object) }

const maxSchema = 64 << 10

// SchemaOutput is output that must satisfy a JSON schema (2020-12), whose type must be object. References to outside the
// schema are refused.
func SchemaOutput(name string, schema []byte) (*Output, error) {
	if len(schema) > maxSchema {
		return nil, fmt.Errorf("schema %s is longer than %d bytes", name, maxSchema)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	if top, ok := doc.(map[string]any); !ok || top["type"] != "object" {
		return nil, fmt.Errorf("schema %s: type must be object", name)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(noLoader{})
	const here = "mem:///output.json"
	if err := c.AddResource(here, doc); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	compiled, err := c.Compile(here)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, schema); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return &Output{name: name, schema: compact.Bytes(), check: func(object json.RawMessage) error {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(object))
		if err != nil {
			return err
		}
		return compiled.Validate(v)
	}}, nil
}

// noLoader keeps a schema from reading files or addresses.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("references to outside are not followed")
}

// MessageOutput is output that must be the JSON form of a message of m's type: it fits the schema derived from the
// descriptor, reads without unknown fields, and satisfies the validation rules on the fields.
func MessageOutput(m proto.Message) (*Output, error) {
	desc := m.ProtoReflect().Descriptor()
	schema, err := DescriptorSchema(desc)
	if err != nil {
		return nil, err
	}
	out, err := SchemaOutput(string(desc.Name()), schema)
	if err != nil {
		return nil, err
	}
	fits, kind := out.check, m.ProtoReflect().Type()
	out.check = func(object json.RawMessage) error {
		if err := fits(object); err != nil {
			return err
		}
		got := kind.New().Interface()
		if err := protojson.Unmarshal(object, got); err != nil {
			return err
		}
		return protovalidate.Validate(got)
	}
	return out, nil
}

// DescriptorSchema derives a JSON schema from a message descriptor. Unspecified enum values are left out: a model must
// decide. Every field without explicit presence is required.
func DescriptorSchema(desc protoreflect.MessageDescriptor) (json.RawMessage, error) {
	d := deriver{defs: map[string]any{}}
	top := d.message(desc)
	if len(d.defs) > 1 || d.recursive {
		top = map[string]any{"$ref": "#/$defs/" + string(desc.FullName()), "type": "object", "$defs": d.defs}
	}
	out, err := json.Marshal(top)
	if err != nil {
		return nil, fmt.Errorf("schema of %s: %w", desc.FullName(), err)
	}
	return out, nil
}
