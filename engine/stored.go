package engine

import (
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MaxDefinition is the greatest size of a definition in bytes. It is what a flow file may have too, so that every flow can be written to
// a file and read again.
const MaxDefinition = 1 << 20

// stored reports what no file can hold but a stored or sent definition can: fields of a newer version and numbers that are no value of
// their enum. A run would pass over them in silence.
func (c *compiler) stored() {
	if size := proto.Size(c.def); size > MaxDefinition {
		c.report(codeDefinitionSize, at{}, strconv.Itoa(size), strconv.Itoa(MaxDefinition))
	}
	walkMessages(c.def, func(m protoreflect.Message, path string) {
		if len(m.GetUnknown()) > 0 {
			c.report(codeUnknownFields, c.placeOf(path))
		}
		m.Range(func(f protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			c.storedField(f, value, join(path, string(f.Name())))
			return true
		})
	})
}

func (c *compiler) storedField(f protoreflect.FieldDescriptor, value protoreflect.Value, path string) {
	switch {
	case f.Enum() != nil && f.IsList():
		for i := range value.List().Len() {
			c.storedEnum(f.Enum(), value.List().Get(i).Enum(), indexed(path, i, ""))
		}
	case f.Enum() != nil:
		c.storedEnum(f.Enum(), value.Enum(), path)
	case f.Message() != nil && !f.IsList() && !f.IsMap() && !ours(f.Message()) && len(value.Message().GetUnknown()) > 0:
		c.report(codeUnknownFields, c.placeOf(path))
	}
}

func (c *compiler) storedEnum(enum protoreflect.EnumDescriptor, n protoreflect.EnumNumber, path string) {
	if enum.Values().ByNumber(n) == nil {
		c.report(codeEnumNumber, c.placeOf(path), strconv.Itoa(int(n)), string(enum.Name()), valueNames(enum))
	}
}
