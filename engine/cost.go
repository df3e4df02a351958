package engine

import (
	"math"
	"strconv"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/types"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Policy: what one event may lead to at most. A flow above it cannot be activated.
const (
	MaxSteps          = 10_000
	MaxCommands       = 500
	MaxCalls          = 200
	MaxModelTokens    = 1_000_000
	MaxExpressionCost = 50_000_000
)

// Sizes that the estimate of an expression's cost assumes where the expression does not show them.
const (
	assumedText = 4096 // characters of a text
	assumedList = 200  // items of a list or map
)

// Tokens of one call to a model.
const (
	promptTokens = 16_384 // what a prompt may hold at most
	answerTokens = 4_000  // an answer, where the config limits its characters alone: two for each of 2,000
)

// estimator gives sizes by type.
type estimator struct{}

// EstimateSize implements checker.CostEstimator.
func (estimator) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	if size := element.ComputedSize(); size != nil {
		return size
	}
	switch element.Type().Kind() {
	case types.StringKind, types.BytesKind:
		return &checker.SizeEstimate{Max: assumedText}
	case types.ListKind, types.MapKind:
		return &checker.SizeEstimate{Max: assumedList}
	default:
		return &checker.SizeEstimate{Max: 1}
	}
}

// EstimateCallCost implements checker.CostEstimator.
func (estimator) EstimateCallCost(function, _ string, _ *checker.AstNode, _ []checker.AstNode) *checker.CallEstimate {
	if function == "first" {
		return &checker.CallEstimate{CostEstimate: checker.CostEstimate{Max: assumedList}}
	}
	return nil
}

// costOf adds the cost of an expression to its node.
func (c *compiler) costOf(v *vertex, checked *cel.Ast) {
	estimate, err := c.env.EstimateCost(checked, estimator{})
	if err != nil {
		v.cost = math.MaxInt64
		return
	}
	v.cost = plus(v.cost, clamp(estimate.Max))
}

func clamp(n uint64) int64 {
	if n > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(n)
}

// plus and times saturate.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}

// amounts are steps, commands, calls, tokens, expression cost, replies.
type amounts [6]int64

func (a amounts) plus(b amounts) amounts {
	for i := range a {
		a[i] = plus(a[i], b[i])
	}
	return a
}

func (a amounts) max(b amounts) amounts {
	for i := range a {
		a[i] = max(a[i], b[i])
	}
	return a
}

func (a amounts) times(n int64) amounts {
	for i := range a {
		a[i] = times(a[i], n)
	}
	return a
}

// own is what one visit of a node can do.
func (v *vertex) own() amounts {
	spec := v.Type.Spec
	a := amounts{1, int64(spec.GetMaxCommands()), int64(spec.GetMaxCalls()), times(v.tokens(), int64(spec.GetMaxCalls())), v.cost, 0}
	if v.Type.Waits() { // an answer or an event is a step of its own, and may evaluate the node's expressions again
		resumes := 1 + a[2]
		for _, p := range v.ports {
			if p.GetLater() {
				resumes++
			}
		}
		a[0], a[4] = a[0]+resumes, times(a[4], 1+resumes)
	}
	if v.Type.Kind == replyKind {
		a[5] = 1
	}
	return a
}

// replyKind is the node that answers an event in the group.
const replyKind Kind = "ROBOT_COMMAND_SEND"

// tokens are those of one call: a node asks a model when its field model is set.
func (v *vertex) tokens() int64 {
	m := v.Config.ProtoReflect()
	model := m.Descriptor().Fields().ByName("model")
	if model == nil || model.Kind() != protoreflect.StringKind || m.Get(model).String() == "" {
		return 0
	}
	answer := int64(answerTokens)
	if f := m.Descriptor().Fields().ByName("max_tokens"); f != nil && m.Has(f) {
		answer = m.Get(f).Int()
	}
	return promptTokens + answer
}

// bound computes the limits. From a node on, one immediate port is taken, and each later port at most once; a node that runs an earlier
// one again adds that node's own worst case as often as it may.
func (c *compiler) bound() {
	worst := c.worst()
	var total amounts
	for _, v := range c.order {
		if v.Type.Spec.GetTrigger() {
			total = total.max(worst[v.Index])
		}
	}
	for _, v := range c.order {
		if target, repeats := c.repeats(v); target != nil {
			total = total.plus(worst[target.Index].times(repeats))
		}
	}
	b := &flowdeskv1.Bounds{Steps: total[0], Commands: total[1], Calls: total[2], ModelTokens: total[3], ExpressionCost: total[4]}
	c.program.Bounds = b
	for _, limit := range []struct {
		code     code
		got, max int64
	}{
		{codeBoundSteps, b.GetSteps(), MaxSteps},
		{codeBoundCommands, b.GetCommands(), MaxCommands},
		{codeBoundCalls, b.GetCalls(), MaxCalls},
		{codeBoundTokens, b.GetModelTokens(), MaxModelTokens},
		{codeBoundExpressions, b.GetExpressionCost(), MaxExpressionCost},
	} {
		if limit.got > limit.max {
			c.report(limit.code, at{}, amount(limit.got), amount(limit.max))
		}
	}
}

// worst is, for each vertex, what a run from it on can do at most without running nodes again.
func (c *compiler) worst() []amounts {
	worst := make([]amounts, len(c.order))
	for i := len(c.order) - 1; i >= 0; i-- {
		v := c.order[i]
		var now, later, failed amounts
		for _, l := range v.out {
			behind := worst[l.to.Index]
			switch {
			case l.port == Failed:
				failed = behind
			case v.port(l.port).GetLater():
				later = later.plus(behind)
			default:
				now = now.max(behind)
			}
		}
		if v.Type.Waits() { // it may fail after it has gone on
			later = later.plus(failed)
		} else {
			now = now.max(failed)
		}
		worst[i] = v.own().plus(now).plus(later)
	}
	return worst
}

// repeats is the earlier node that a node may run again, and how often at most.
func (c *compiler) repeats(v *vertex) (*vertex, int64) {
	m := v.Config.ProtoReflect()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if FieldSpec(f).GetWidget() != flowdeskv1.Widget_WIDGET_NODE || f.Kind() != protoreflect.StringKind {
			continue
		}
		target := c.byID[m.Get(f).String()]
		limit := fields.ByName("max_regenerations")
		if target == nil || target.Index >= v.Index || limit == nil {
			continue
		}
		return target, m.Get(limit).Int()
	}
	return nil, 0
}

// replies warns of nodes that can both reply to one event.
func (c *compiler) replies() {
	allowed := max(1, int64(c.def.GetMaxRepliesPerMessage()))
	worst := c.worst()
	for _, v := range c.order {
		if v.Type.Spec.GetTrigger() && worst[v.Index][5] > allowed {
			first, second := c.twoReplies()
			if second != nil {
				c.report(codeTwoReplies, at{node: second.ID}, first.ID, second.ID)
			}
			return
		}
	}
}

// twoReplies are two reply nodes of which the second can run after the first in one run.
func (c *compiler) twoReplies() (first, second *vertex) {
	for _, v := range c.order {
		if v.Type.Kind != replyKind {
			continue
		}
		if first == nil {
			first = v
			continue
		}
		if v.before.has(first.Index) || second == nil {
			second = v
		}
	}
	if second == nil {
		second = first
	}
	return first, second
}

func amount(n int64) string {
	if n == math.MaxInt64 {
		return "∞"
	}
	return strconv.FormatInt(n, 10)
}
