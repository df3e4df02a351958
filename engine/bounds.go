package engine

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Limits of what one run may cost. Activation is refused above them.
const (
	maxSteps    = 10_000 // node visits: far above any flow that people draw
	maxCommands = 500    // robot commands: a phone says about 12 a minute
	maxCalls    = 200    // outside calls: each costs money or somebody else's time
	boundCap    = int64(1) << 40
)

// bounds proves how much one run can cost at most. A node is entered at most as often as the nodes before it take the ports that lead to
// it: of a plain node one port is taken each visit, of a waiting node each port may be taken once.
func (k *compiler) bounds() {
	p := k.program
	visits := make([]int64, len(p.Nodes))
	for _, t := range p.Triggers {
		visits[t.Index] = 1
	}
	for _, n := range p.Nodes {
		entered := make(map[*ProgramNode]int64)
		for _, port := range sortedPorts(n) {
			to := n.edges[port]
			if n.Type.Waits() {
				entered[to] += visits[n.Index]
			} else {
				entered[to] = visits[n.Index]
			}
		}
		for to, times := range entered {
			visits[to.Index] = min(boundCap, visits[to.Index]+times)
		}
	}
	k.regenerations(visits)
	b := &flowdeskv1.Bounds{}
	for _, n := range p.Nodes {
		times := visits[n.Index]
		b.Steps = min(boundCap, b.GetSteps()+times*2) // once entered, once resumed
		b.Commands = min(boundCap, b.GetCommands()+times*int64(n.Type.Spec.GetMaxCommands()))
		b.Calls = min(boundCap, b.GetCalls()+times*int64(n.Type.Spec.GetMaxCalls()))
		b.ExpressionCost = min(boundCap, b.GetExpressionCost()+times*int64(len(n.expressions))*maxUtterance)
		b.ModelTokens = min(boundCap, b.GetModelTokens()+times*modelTokens(n))
	}
	p.Bounds = b
	for _, limit := range []struct {
		what string
		got  int64
		most int64
	}{{"node visits", b.GetSteps(), maxSteps}, {"robot commands", b.GetCommands(), maxCommands}, {"outside calls", b.GetCalls(), maxCalls}} {
		if limit.got > limit.most {
			k.found.errorAt(CodeBounds, "", "", "split the flow, or let fewer paths meet", "one run can cost %d %s; at most %d are allowed",
				limit.got, limit.what, limit.most)
		}
	}
}

// regenerations multiplies the visits between a node that is run again and the check that asks for it.
func (k *compiler) regenerations(visits []int64) {
	for _, n := range k.program.Nodes {
		check, ok := n.Config.(*flowdeskv1.ReplyQualityCheck)
		target := k.program.byID[check.GetRegenerate()]
		if !ok || target == nil {
			continue
		}
		for i := target.Index; i <= n.Index; i++ {
			visits[i] = min(boundCap, visits[i]*int64(1+check.GetMaxRegenerations()))
		}
	}
}

// modelTokens is the most that one visit can ask of a model.
func modelTokens(n *ProgramNode) int64 {
	if n.Type.Spec.GetMaxCalls() == 0 {
		return 0
	}
	if prompt, ok := n.Config.(*flowdeskv1.LlmPrompt); ok {
		return int64(prompt.GetMaxTokens()) * int64(n.Type.Spec.GetMaxCalls())
	}
	if reply, ok := n.Config.(*flowdeskv1.AiReplyGenerate); ok && reply.GetModel() != "" {
		return int64(reply.GetMaxCharacters()) * int64(n.Type.Spec.GetMaxCalls())
	}
	return 0
}
