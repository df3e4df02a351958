package engine

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// wanted is what type an expression must have.
type wanted struct {
	types   []*cel.Type // any of these; none means any type
	enum    protoreflect.EnumDescriptor
	anyEnum bool
	called  words // where the first type does not say it
}

func (w wanted) accepts(t *cel.Type) bool {
	return len(w.types) == 0 || t.IsExactType(cel.DynType) || slices.ContainsFunc(w.types, func(want *cel.Type) bool { return want.IsAssignableType(t) })
}

// words name the type for authors.
func (w wanted) words() words {
	switch {
	case w.called != words{}:
		return w.called
	case w.enum != nil:
		return words{string(w.enum.Name()), " " + string(w.enum.Name()) + " "}
	case w.anyEnum:
		return words{"an enum", "枚举"}
	case len(w.types) == 0:
		return words{"any type", "任意类型"}
	}
	name := typeName(w.types[0])
	return words{name, " " + name + " "}
}

// wantedBy reads the type of an ExpressionSpec.
func wantedBy(text string) wanted {
	switch text {
	case "bool":
		return wanted{types: []*cel.Type{cel.BoolType}}
	case "int":
		return wanted{types: []*cel.Type{cel.IntType}}
	case "double":
		return wanted{types: []*cel.Type{cel.DoubleType, cel.IntType}}
	case "string":
		return wanted{types: []*cel.Type{cel.StringType}}
	case "timestamp":
		return wanted{types: []*cel.Type{cel.TimestampType}}
	case "duration":
		return wanted{types: []*cel.Type{cel.DurationType}}
	case "list(string)":
		return wanted{types: []*cel.Type{cel.ListType(cel.StringType)}}
	case "enum":
		return wanted{types: []*cel.Type{cel.IntType}, anyEnum: true}
	case "any", "":
		return wanted{}
	}
	if d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(text)); err == nil {
		if enum, ok := d.(protoreflect.EnumDescriptor); ok {
			return wanted{types: []*cel.Type{cel.IntType}, enum: enum}
		}
	}
	return wanted{types: []*cel.Type{cel.ObjectType(text)}}
}

// typeName is a type as authors know it.
func typeName(t *cel.Type) string {
	return strings.NewReplacer(container+".", "", "google.protobuf.", "").Replace(cel.FormatCELType(t))
}

func toDouble(value ref.Val, kind *cel.Type) ref.Val {
	if n, ok := value.(types.Int); ok && kind == cel.DoubleType {
		return types.Double(n)
	}
	return value
}
