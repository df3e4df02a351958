package engine

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types/ref"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// variableTypes are the types of variables in expressions.
var variableTypes = map[flowdeskv1.VariableType]*cel.Type{
	flowdeskv1.VariableType_VARIABLE_TYPE_STRING:      cel.StringType,
	flowdeskv1.VariableType_VARIABLE_TYPE_INT:         cel.IntType,
	flowdeskv1.VariableType_VARIABLE_TYPE_DOUBLE:      cel.DoubleType,
	flowdeskv1.VariableType_VARIABLE_TYPE_BOOL:        cel.BoolType,
	flowdeskv1.VariableType_VARIABLE_TYPE_TIMESTAMP:   cel.TimestampType,
	flowdeskv1.VariableType_VARIABLE_TYPE_DURATION:    cel.DurationType,
	flowdeskv1.VariableType_VARIABLE_TYPE_STRING_LIST: cel.ListType(cel.StringType),
}

// declare reads the variables and makes the environment in which the flow's expressions are checked.
func (c *compiler) declare() {
	options := make([]cel.EnvOption, 0, 2*len(c.ids)+len(c.def.GetVariables()))
	for i, v := range c.def.GetVariables() {
		kind, known := variableTypes[v.GetType()]
		name := v.GetName()
		switch {
		case !nameable(name):
			c.report(codeBadVariableName, at{path: indexed("variables", i, "name")}, name)
			continue
		case c.program.variableDeclared(name):
			c.report(codeDuplicateVar, at{path: indexed("variables", i, "name")}, name)
			continue
		case !known:
			c.report(codeVariableType, at{path: indexed("variables", i, "type")}, name)
			c.faulty[name] = true
			kind = cel.DynType
		}
		c.program.variables[name] = len(c.program.Variables)
		c.program.Variables = append(c.program.Variables, ProgramVariable{Name: name, Type: v.GetType()})
		options = append(options, cel.Variable("vars."+name, kind))
		if v.GetInitial() != "" && known {
			initial := c.initial(v, at{path: indexed("variables", i, "initial")}, kind)
			c.program.Variables[len(c.program.Variables)-1].Initial = initial
			c.faulty[name] = initial == nil
		}
	}
	for _, n := range c.def.GetNodes() {
		id := n.GetId()
		if c.ids[id] != n || !nameable(id) {
			continue
		}
		kind := cel.DynType // the node was reported; what reads it is not reported again
		if v := c.byID[id]; v != nil {
			kind = cel.ObjectType(string(v.Type.Output.Descriptor().FullName()))
		}
		options = append(options, cel.Variable("nodes."+id, kind), cel.Variable("maybe."+id, cel.OptionalType(kind)))
	}
	env, err := baseEnv().Extend(options...)
	if err != nil {
		panic("extend the expression environment: " + err.Error()) //nolint:forbidigo // names are identifiers and unique
	}
	c.env = env
}

func (p *Program) variableDeclared(name string) bool {
	_, ok := p.variables[name]
	return ok
}

// initial is the value of a variable before its first write.
func (c *compiler) initial(v *flowdeskv1.Variable, place at, kind *cel.Type) ref.Val {
	checked := c.check(baseEnv(), place, 0, v.GetInitial())
	if checked == nil {
		return nil
	}
	want := wanted{types: []*cel.Type{kind}}
	if kind == cel.DoubleType {
		want.types = append(want.types, cel.IntType)
	}
	if !want.accepts(checked.OutputType()) {
		c.report(codeResultType, place, typeName(checked.OutputType()), typeName(kind))
		return nil
	}
	e, err := plan(baseEnv(), checked, v.GetInitial(), nil)
	if err == nil && e.Constant == nil {
		c.report(codeVariableInitial, place, v.GetName())
		return nil
	}
	if err != nil {
		c.report(codeConstantFails, place, quoted(err.Error()))
		return nil
	}
	return toDouble(e.Constant, kind)
}
