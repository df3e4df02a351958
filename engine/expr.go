package engine

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Limits of one expression.
const (
	maxExpression     = 4096
	maxExpressionDeep = 64
	maxExpressionCost = 1_000_000 // CEL cost units: some milliseconds
)

// newExpressions makes the CEL environment of a program: event, session, env and now, its variables, and its nodes' outputs twice: as
// nodes.ID where the node has surely run, and as the optional maybe.ID everywhere.
func newExpressions(p *Program) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.Container("flowdesk.v1"),
		cel.Types(&flowdeskv1.Event{}, &flowdeskv1.SessionState{}, &flowdeskv1.Environment{}, &flowdeskv1.Understanding{}),
		cel.Variable("event", cel.ObjectType("flowdesk.v1.Event")),
		cel.Variable("session", cel.ObjectType("flowdesk.v1.SessionState")),
		cel.Variable("env", cel.ObjectType("flowdesk.v1.Environment")),
		cel.Variable("now", cel.TimestampType),
		ext.Strings(ext.StringsVersion(4)),
		cel.OptionalTypes(),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxExpressionDeep),
		cel.Function("first", cel.Overload("first_list_string", []*cel.Type{cel.ListType(cel.StringType)}, cel.StringType, cel.UnaryBinding(firstText))),
		cel.Function("firstList", cel.Overload("first_list_list", []*cel.Type{cel.ListType(cel.ListType(cel.StringType))},
			cel.ListType(cel.StringType), cel.UnaryBinding(firstList))),
	}
	for _, v := range p.Variables {
		options = append(options, cel.Variable("vars."+v.Name, celType(v.Type)))
	}
	for _, n := range p.Nodes {
		output := cel.ObjectType(string(n.Type.Output.Descriptor().FullName()))
		options = append(options, cel.Types(n.Type.Output.Zero().Interface()))
		options = append(options, cel.Variable("nodes."+n.ID, output), cel.Variable("maybe."+n.ID, cel.OptionalType(output)))
	}
	return cel.NewEnv(options...)
}

// firstText is the first non-empty text of a list, or the empty text.
func firstText(list ref.Val) ref.Val {
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; { //nolint:forcetypeassert // the overload's type
		if s, ok := it.Next().(types.String); ok && s != "" {
			return s
		}
	}
	return types.String("")
}

// firstList is the first list with a non-empty text in it, or the empty list.
func firstList(list ref.Val) ref.Val {
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; { //nolint:forcetypeassert // the overload's type
		inner := it.Next()
		if firstText(inner) != types.String("") {
			return inner
		}
	}
	return types.DefaultTypeAdapter.NativeToValue([]string{})
}

func celType(t flowdeskv1.VariableType) *cel.Type {
	switch t {
	case flowdeskv1.VariableType_VARIABLE_TYPE_INT:
		return cel.IntType
	case flowdeskv1.VariableType_VARIABLE_TYPE_DOUBLE:
		return cel.DoubleType
	case flowdeskv1.VariableType_VARIABLE_TYPE_BOOL:
		return cel.BoolType
	case flowdeskv1.VariableType_VARIABLE_TYPE_TIMESTAMP:
		return cel.TimestampType
	case flowdeskv1.VariableType_VARIABLE_TYPE_DURATION:
		return cel.DurationType
	case flowdeskv1.VariableType_VARIABLE_TYPE_STRING_LIST:
		return cel.ListType(cel.StringType)
	default:
		return cel.StringType
	}
}

// place is where an expression stands, for diagnostics.
type place struct {
	node  *ProgramNode // nil for initial values of variables
	field string
	shift int // of the expression inside the field's text
}

func (p place) id() string {
	if p.node == nil {
		return ""
	}
	return p.node.ID
}

// expression compiles one expression and reports what is wrong with it; nil when something is.
func (k *compiler) expression(at place, source string, explicit bool, want func(*cel.Type) string) *Expression {
	ast, issues := k.program.cel.Compile(source)
	if issues.Err() != nil {
		for _, e := range issues.Errors() {
			message, remedy := reword(e.Message)
			k.found.errorIn(CodeExpression, at.id(), at.field, at.shift+e.Location.Column(), remedy, "%s", message)
		}
		return nil
	}
	if problem := want(ast.OutputType()); problem != "" {
		k.found.errorIn(CodeType, at.id(), at.field, at.shift, "it must be "+problem, "%s is %s", source, ast.OutputType())
		return nil
	}
	constant := true
	native := ast.NativeRep()
	for id, reference := range native.ReferenceMap() {
		if reference.Name == "" || reference.Value != nil || len(reference.OverloadIDs) > 0 {
			continue
		}
		constant = false
		if at.node != nil && k.scope != nil && !k.assigned(at, reference.Name, int(native.SourceInfo().GetStartLocation(id).Column())) {
			return nil
		}
	}
	if estimate, err := k.program.cel.EstimateCost(ast, sizes{}); err == nil && estimate.Max > maxExpressionCost {
		k.found.errorIn(CodeBounds, at.id(), at.field, at.shift, fmt.Sprintf("at most %d", maxExpressionCost), "the expression can cost %d", estimate.Max)
		return nil
	}
	program, err := k.program.cel.Program(ast, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		k.found.errorIn(CodeExpression, at.id(), at.field, at.shift, "", "%v", err)
		return nil
	}
	e := &Expression{Source: source, Explicit: explicit, eval: func(a activation) (ref.Val, error) {
		value, _, err := program.Eval(a)
		return value, err
	}}
	if constant {
		if value, err := e.eval(cel.NoVars()); err == nil {
			e.Constant = value
		}
	}
	return e
}

// assigned reports a read of something that may not have been written.
func (k *compiler) assigned(at place, name string, column int) bool {
	prefix, rest, _ := strings.Cut(name, ".")
	switch prefix {
	case "nodes":
		if k.scope.surely(at.node, rest) {
			return true
		}
		k.found.errorIn(CodeUnassigned, at.id(), at.field, at.shift+column, "use maybe."+rest+", or move the node behind it",
			"%s may not have run when %s runs", rest, at.id())
		return false
	case "vars":
		if i, ok := k.program.variables[rest]; ok && !k.scope.variables[at.node.Index][i] {
			k.found.errorIn(CodeUnassigned, at.id(), at.field, at.shift+column, "give it an initial value, or SET it on every path",
				"variable %s may not have been written when %s runs", rest, at.id())
			return false
		}
	}
	return true
}

// reword turns CEL's words into ours where they would mislead.
func reword(message string) (text, remedy string) {
	if name, ok := strings.CutPrefix(message, "undeclared reference to '"); ok {
		name, _, _ = strings.Cut(name, "'")
		return "nothing is called " + name, "event, session, env, now, vars.NAME, nodes.ID and maybe.ID can be read; enum values are written Role.ROLE_USER"
	}
	if name, ok := strings.CutPrefix(message, "undefined field '"); ok {
		name, _, _ = strings.Cut(name, "'")
		return "there is no field " + name, "see the node reference for the fields"
	}
	return message, "see the expression language in the node reference"
}

// sizes bounds what expressions can see, for the estimate of their cost.
type sizes struct{}

// EstimateSize implements checker.CostEstimator: texts and lists of the view are bounded by the engine.
func (sizes) EstimateSize(checker.AstNode) *checker.SizeEstimate {
	return &checker.SizeEstimate{Min: 0, Max: maxUtterance}
}

// EstimateCallCost implements checker.CostEstimator.
func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// wants is what type an expression field must have, as a function that names the type it wants instead of a wrong one.
func wants(kind string, variable flowdeskv1.VariableType) func(*cel.Type) string {
	is := func(name string, ok ...*cel.Type) func(*cel.Type) string {
		return func(got *cel.Type) string {
			for _, t := range ok {
				if t.IsEquivalentType(got) {
					return ""
				}
			}
			return name
		}
	}
	switch kind {
	case "any":
		return func(*cel.Type) string { return "" }
	case "bool":
		return is("true or false", cel.BoolType)
	case "int", "enum":
		return is("an integer or enum", cel.IntType)
	case "double":
		return is("a number", cel.DoubleType, cel.IntType)
	case "string":
		return is("a text", cel.StringType)
	case "timestamp":
		return is("a time", cel.TimestampType)
	case "duration":
		return is("a length of time", cel.DurationType)
	case "list(string)":
		return is("a list of texts", cel.ListType(cel.StringType))
	case "variable":
		return is("of the variable's type", celType(variable))
	default:
		return func(got *cel.Type) string {
			if got.Kind() == types.StructKind && got.TypeName() == kind || got.Kind() == types.IntKind {
				return ""
			}
			return "a " + kind
		}
	}
}
