package engine

import (
	"encoding/json"
	"fmt"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// applyDefaults fills unset fields from the defaults of their descriptors, in nested messages too. Fields that the settings give are left
// unset: the settings win over the default, and they are part of the environment.
func applyDefaults(m protoreflect.Message) error {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		spec := FieldSpec(field)
		if !m.Has(field) && spec.GetDefaultValue() != "" && spec.GetSetting() == "" && field.ContainingOneof() == nil ||
			!m.Has(field) && spec.GetDefaultValue() != "" && spec.GetSetting() == "" && field.HasOptionalKeyword() {
			if err := setDefault(m, field, spec.GetDefaultValue()); err != nil {
				return fmt.Errorf("default of %s: %w", field.FullName(), err)
			}
		}
		if !m.Has(field) || field.Message() == nil || field.IsMap() {
			continue
		}
		if !field.IsList() {
			if err := applyDefaults(m.Mutable(field).Message()); err != nil {
				return err
			}
			continue
		}
		list := m.Mutable(field).List()
		for i := range list.Len() {
			if err := applyDefaults(list.Get(i).Message()); err != nil {
				return err
			}
		}
	}
	return nil
}

// setDefault reads a default: plain text for scalars, enums and durations, JSON for messages and lists.
func setDefault(m protoreflect.Message, field protoreflect.FieldDescriptor, text string) error {
	value := text
	switch {
	case field.IsList(), field.Message() != nil && field.Message().FullName() != "google.protobuf.Duration":
	case field.Kind() == protoreflect.StringKind, field.Kind() == protoreflect.EnumKind, field.Message() != nil:
		value = strconv.Quote(text)
		if quoted, err := json.Marshal(text); err == nil {
			value = string(quoted)
		}
	}
	fresh := m.New().Interface()
	document := `{"` + field.JSONName() + `":` + value + `}`
	if err := protojson.Unmarshal([]byte(document), fresh); err != nil {
		return err
	}
	m.Set(field, fresh.ProtoReflect().Get(field))
	return nil
}
