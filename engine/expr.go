package engine

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"
	"google.golang.org/protobuf/reflect/protoregistry"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Limits of one expression.
const (
	maxExpression = 4096 // code points
	maxNesting    = 64
)

// container is the package whose names expressions use without a prefix.
const container = "flowdesk.v1"

// baseEnv is the environment that all flows share: our messages, functions, and the names that exist everywhere. Making it costs a
// millisecond, extending it for a flow little.
//
//nolint:gochecknoglobals // a constant that must be computed
var baseEnv = sync.OnceValue(func() *cel.Env {
	env, err := cel.NewEnv(
		cel.Container(container),
		cel.Types(messages()...),
		cel.Variable("event", cel.ObjectType("flowdesk.v1.Event")),
		cel.Variable("session", cel.ObjectType("flowdesk.v1.SessionState")),
		cel.Variable("env", cel.ObjectType("flowdesk.v1.Environment")),
		cel.Variable("now", cel.TimestampType),
		cel.OptionalTypes(),
		ext.Strings(ext.StringsVersion(4)),
		cel.ParserExpressionSizeLimit(maxExpression),
		cel.ParserRecursionLimit(maxNesting),
		cel.Function("first",
			cel.Overload("first_strings", []*cel.Type{cel.ListType(cel.StringType)}, cel.StringType, cel.UnaryBinding(firstText)),
			cel.Overload("first_lists", []*cel.Type{cel.ListType(cel.ListType(cel.StringType))}, cel.ListType(cel.StringType), cel.UnaryBinding(firstList)),
		),
	)
	if err != nil {
		panic("make the expression environment: " + err.Error()) //nolint:forbidigo // nothing in it depends on input
	}
	return env
})

// messages are one message of each file whose types expressions use.
func messages() []any {
	all := []any{&flowdeskv1.Event{}, &flowdeskv1.SessionState{}, &flowdeskv1.Environment{}, &flowdeskv1.Understanding{}, &flowdeskv1.FlowDefinition{}}
	arms := (&flowdeskv1.Node{}).ProtoReflect().Descriptor().Oneofs().ByName("config").Fields()
	for i := range arms.Len() {
		output, err := protoregistry.GlobalTypes.FindMessageByName(arms.Get(i).Message().FullName() + "Output")
		if err != nil {
			panic("expressions: " + err.Error()) //nolint:forbidigo // NewNodeType demands the output message too
		}
		all = append(all, output.Zero().Interface())
	}
	return all
}

// firstText is the first text of a list that is not empty, or the empty text.
func firstText(list ref.Val) ref.Val {
	found := firstOf(list, func(item ref.Val) bool { return item != types.String("") })
	if found == nil {
		return types.String("")
	}
	return found
}

// firstList is the first list of a list that has a text that is not empty, or the empty list.
func firstList(list ref.Val) ref.Val {
	found := firstOf(list, func(item ref.Val) bool { return firstText(item) != types.String("") })
	if found == nil {
		return types.DefaultTypeAdapter.NativeToValue([]string{})
	}
	return found
}

func firstOf(list ref.Val, full func(ref.Val) bool) ref.Val {
	items, ok := list.(traits.Lister)
	if !ok {
		return nil
	}
	for it := items.Iterator(); it.HasNext() == types.True; {
		if item := it.Next(); full(item) {
			return item
		}
	}
	return nil
}

// plan makes a checked expression ready to run. One that reads nothing is computed here; an error then is its only result. When counted is
// given, it is told what each evaluation cost, in the unit of the estimates.
func plan(env *cel.Env, checked *cel.Ast, source string, counted func(activation, uint64)) (*Expression, error) {
	options := []cel.EvalOption{cel.OptOptimize}
	if counted != nil {
		options = append(options, cel.OptTrackCost)
	}
	program, err := env.Program(checked, cel.EvalOptions(options...))
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	e := &Expression{Source: source, eval: func(a activation) (ref.Val, error) {
		value, details, err := program.Eval(a)
		if counted != nil {
			counted(a, *details.ActualCost())
		}
		return value, err //nolint:wrapcheck // the caller names node, field and source
	}}
	if len(names(checked)) > 0 {
		return e, nil
	}
	value, _, err := program.Eval(cel.NoVars())
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	e.Constant = value
	return e, nil
}

// name is one place where an expression reads a name of the run.
type name struct {
	text string
	id   int64
}

// names are the places where a checked expression reads event, session, env, now, variables or outputs, in their order.
func names(checked *cel.Ast) []name {
	var found []name
	native := checked.NativeRep()
	refs := native.ReferenceMap()
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if r, ok := refs[e.ID()]; ok && r.Name != "" && r.Value == nil && len(r.OverloadIDs) == 0 {
			if runName(r.Name) {
				found = append(found, name{text: r.Name, id: e.ID()})
			}
		}
	}))
	return found
}

// runName reports whether a reference is to something that a run gives, not to a type or a variable of a macro.
func runName(text string) bool {
	text = strings.TrimPrefix(text, ".")
	prefix, rest, _ := strings.Cut(text, ".")
	switch prefix {
	case "event", "session", "env", "now":
		return rest == ""
	case "vars", "nodes", "maybe":
		return rest != ""
	}
	return false
}

// start is the position of a name: the checker knows where its dot is.
func start(checked *cel.Ast, source string, n name) int32 {
	at, ok := checked.NativeRep().SourceInfo().GetOffsetRange(n.id)
	if !ok {
		return 0
	}
	runes := []rune(source)
	i := min(int(at.Start), len(runes))
	if i < len(runes) && runes[i] == '.' {
		for i > 0 && (runes[i-1] == ' ' || runes[i-1] == '\n' || runes[i-1] == '\t') {
			i--
		}
		for i > 0 && word(runes[i-1]) {
			i--
		}
	}
	return int32(i)
}

func word(r rune) bool {
	return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// check reads and type-checks an expression and reports what is wrong. Base is the position of the expression in its field's text.
func (c *compiler) check(env *cel.Env, place at, base int32, source string) *cel.Ast {
	if utf8.RuneCountInString(source) > maxExpression {
		c.report(codeTooLarge, place, words{fmt.Sprintf("more than %d characters", maxExpression), fmt.Sprintf("超过 %d 个字符", maxExpression)})
		return nil
	}
	checked, issues := env.Compile(source)
	if issues.Err() == nil {
		return checked
	}
	for i, e := range issues.Errors() {
		if i == 3 { // what follows are consequences
			break
		}
		offset := offsetOf(source, e.Location.Line(), e.Location.Column())
		c.explain(finding{place: place, base: base, source: source, offset: offset, message: e.Message, operand: operandType(env, source, e.ExprID)})
	}
	return nil
}

// operandType is the type of what a field is selected from, where it can be told.
func operandType(env *cel.Env, source string, id int64) *cel.Type {
	parsed, issues := env.Parse(source)
	if issues.Err() != nil {
		return nil
	}
	var operand ast.Expr
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id && e.Kind() == ast.SelectKind {
			operand = e.AsSelect().Operand()
		}
	}))
	if operand == nil {
		return nil
	}
	text, err := cel.ExprToString(operand, parsed.NativeRep().SourceInfo())
	if err != nil {
		return nil
	}
	checked, issues := env.Compile(text)
	if issues.Err() != nil { // it stands inside a macro, whose variables exist only there
		return nil
	}
	return checked.OutputType()
}

// offsetOf turns a line, from 1, and a column, from 0, into a position in code points.
func offsetOf(text string, line, column int) int32 {
	offset := 0
	for l := range strings.SplitSeq(text, "\n") {
		if line <= 1 {
			break
		}
		line--
		offset += utf8.RuneCountInString(l) + 1
	}
	return int32(min(max(offset+column, 0), utf8.RuneCountInString(text)))
}
