package engine

import (
	"strconv"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// enumOf is the enum that a checked expression gives, or nil. In expressions enums are numbers; which enum it was shows in the field that
// is selected, the value that is named, and the branches between them.
func enumOf(checked *cel.Ast) protoreflect.EnumDescriptor {
	native := checked.NativeRep()
	return enumOfExpr(native, native.Expr())
}

func enumOfExpr(native *ast.AST, e ast.Expr) protoreflect.EnumDescriptor {
	if r, ok := native.ReferenceMap()[e.ID()]; ok && r.Value != nil {
		return enumOfValue(r.Name)
	}
	switch e.Kind() { //nolint:exhaustive // no other expression has an enum
	case ast.SelectKind:
		return enumOfField(native.GetType(e.AsSelect().Operand().ID()), e.AsSelect().FieldName())
	case ast.CallKind:
		call := e.AsCall()
		switch call.FunctionName() {
		case "_?_:_":
			return firstEnum(native, call.Args()[1:]...)
		case "_?._":
			if field := call.Args()[1]; field.Kind() == ast.LiteralKind {
				text, _ := field.AsLiteral().Value().(string)
				return enumOfField(native.GetType(call.Args()[0].ID()), text)
			}
		case "orValue", "or":
			return firstEnum(native, append([]ast.Expr{call.Target()}, call.Args()...)...)
		case "value", "optional.of", "optional.ofNonZeroValue":
			if call.IsMemberFunction() {
				return enumOfExpr(native, call.Target())
			}
			return firstEnum(native, call.Args()...)
		}
	}
	return nil
}

func firstEnum(native *ast.AST, all ...ast.Expr) protoreflect.EnumDescriptor {
	for _, e := range all {
		if found := enumOfExpr(native, e); found != nil {
			return found
		}
	}
	return nil
}

// plainNumber is what an expression gives that is an int and no enum's value.
var plainNumber = words{"a plain number", "普通数字"} //nolint:gochecknoglobals // a constant

// misfit is why an int is no value of an enum: it is a number that the enum does not have, or a value of another kind.
type misfit struct {
	number string
	kind   words
}

// misfitOf looks for a branch of an expression that cannot be a value of an enum. Variables, items of lists and int(x) may hold any number
// and are taken at their word.
func misfitOf(native *ast.AST, e ast.Expr, want protoreflect.EnumDescriptor) misfit {
	if got := enumOfExpr(native, e); got != nil && (e.Kind() != ast.CallKind || e.AsCall().FunctionName() == "_?._") {
		if got.FullName() != want.FullName() {
			return misfit{kind: words{string(got.Name()), string(got.Name())}}
		}
		return misfit{}
	}
	switch e.Kind() { //nolint:exhaustive // the others may be anything
	case ast.LiteralKind:
		if n, ok := e.AsLiteral().(types.Int); ok && (n != types.Int(int32(n)) || want.Values().ByNumber(protoreflect.EnumNumber(n)) == nil) {
			return misfit{number: strconv.FormatInt(int64(n), 10)}
		}
	case ast.SelectKind:
		if native.GetType(e.ID()).IsExactType(cel.IntType) {
			return misfit{kind: plainNumber}
		}
	case ast.CallKind:
		return misfitOfCall(native, e.AsCall(), want)
	}
	return misfit{}
}

func misfitOfCall(native *ast.AST, call ast.CallExpr, want protoreflect.EnumDescriptor) misfit {
	var branches []ast.Expr
	switch call.FunctionName() {
	case "_?_:_":
		branches = call.Args()[1:]
	case "orValue", "or":
		branches = append([]ast.Expr{call.Target()}, call.Args()...)
	case "size", "_+_", "_-_", "_*_", "_/_", "_%_", "-_":
		return misfit{kind: plainNumber}
	}
	for _, b := range branches {
		if m := misfitOf(native, b, want); m != (misfit{}) {
			return m
		}
	}
	return misfit{}
}

// enumOfValue is the enum of a value by its qualified name.
func enumOfValue(name string) protoreflect.EnumDescriptor {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return nil
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.TrimPrefix(name[:i], ".")))
	if err != nil {
		return nil
	}
	enum, _ := d.(protoreflect.EnumDescriptor)
	return enum
}

// enumOfField is the enum of a field of a message, also of an optional message.
func enumOfField(of *cel.Type, field string) protoreflect.EnumDescriptor {
	if of.Kind() == types.OpaqueKind && len(of.Parameters()) == 1 {
		of = of.Parameters()[0]
	}
	if of.Kind() != types.StructKind {
		return nil
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(of.TypeName()))
	if err != nil {
		return nil
	}
	message, ok := d.(protoreflect.MessageDescriptor)
	if !ok {
		return nil
	}
	if f := message.Fields().ByName(protoreflect.Name(field)); f != nil && !f.IsList() {
		return f.Enum()
	}
	return nil
}

func cutName(text string) (prefix, id string) {
	prefix, id, _ = strings.Cut(strings.TrimPrefix(text, "."), ".")
	return prefix, id
}
