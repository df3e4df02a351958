package engine

import (
	"fmt"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Code is a stable diagnostic code. Codes are grouped by what they are about and never reused.
type Code string

// Codes of the compiler.
const (
	CodeEmpty          Code = "FD1001" // the flow has no nodes
	CodeNoTrigger      Code = "FD1002" // the flow cannot start
	CodeDuplicateID    Code = "FD1003" // two nodes have one id
	CodeInvalidField   Code = "FD1004" // a field breaks its rule
	CodeNoConfig       Code = "FD1005" // a node has no config or an unknown kind
	CodePlanned        Code = "FD1006" // the type cannot be activated yet
	CodeUnknownNode    Code = "FD1101" // an edge names a node that is not there
	CodeUnknownPort    Code = "FD1102" // an edge leaves a port that the node does not have
	CodeTwoEdges       Code = "FD1103" // a port has two edges
	CodeOpenPort       Code = "FD1104" // a port that must lead somewhere is open
	CodeCycle          Code = "FD1105" // the graph has a cycle
	CodeUnreachable    Code = "FD1106" // no trigger leads to the node
	CodeIntoTrigger    Code = "FD1107" // an edge enters a trigger
	CodeVariable       Code = "FD1201" // a variable is declared twice, unknown, or has a wrong initial value
	CodeUnassigned     Code = "FD1202" // something is read that may not have been written
	CodeExpression     Code = "FD1203" // an expression does not parse or names something unknown
	CodeType           Code = "FD1204" // an expression has the wrong type
	CodeTemplate       Code = "FD1205" // a template does not parse
	CodeMissingInput   Code = "FD1206" // an input has no value and no earlier node gives one
	CodeRegex          Code = "FD1207" // a regular expression does not parse
	CodeTotality       Code = "FD1301" // a case is missing
	CodeOverlap        Code = "FD1302" // a case is covered twice
	CodeBounds         Code = "FD1401" // the flow can cost more than allowed
	CodeRegenerate     Code = "FD1402" // the node to be run again is not before
	CodeTwoReplies     Code = "FD1403" // two paths can reply to one event
	CodeNodeRule       Code = "FD1501" // a rule of the node type
	CodeUnknownDefault Code = "FD1901" // a default in the descriptors does not parse: our own mistake
)

type diagnostics struct {
	items []*flowdeskv1.Diagnostic
	fatal bool
}

func (d *diagnostics) add(item *flowdeskv1.Diagnostic) {
	d.items = append(d.items, item)
	d.fatal = d.fatal || item.GetSeverity() == flowdeskv1.Severity_SEVERITY_ERROR
}

func (d *diagnostics) errorAt(code Code, node, field, remedy, format string, args ...any) {
	d.add(&flowdeskv1.Diagnostic{
		Code: string(code), Severity: flowdeskv1.Severity_SEVERITY_ERROR, Node: node, Field: field, Offset: -1,
		Message: fmt.Sprintf(format, args...), Remedy: remedy,
	})
}

func (d *diagnostics) errorIn(code Code, node, field string, offset int, remedy, format string, args ...any) {
	d.errorAt(code, node, field, remedy, format, args...)
	d.items[len(d.items)-1].Offset = int32(offset)
}
