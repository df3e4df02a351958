package engine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Codes that node types report.
const (
	CodeTotality = "FD2001" // a case is missing
	CodeOverlap  = "FD2002" // a case is covered twice
	CodeNodeRule = "FD2003" // another rule of the node type
)

// code is one finding of the compiler, by its stable number.
type code int

// Codes of the compiler. A number is never given another meaning. Node types report codes of their own from 2000 on.
const (
	codeEmpty            code = 1001
	codeNoTrigger        code = 1002
	codeBadID            code = 1003
	codeDuplicateID      code = 1004
	codeNoConfig         code = 1005
	codeUnknownKind      code = 1006
	codePlanned          code = 1007
	codeUnknownFields    code = 1008
	codeEnumNumber       code = 1009
	codeDefinitionSize   code = 1010
	codeEdgeFrom         code = 1101
	codeEdgeTo           code = 1102
	codeUnknownPort      code = 1103
	codeTwoEdges         code = 1104
	codeOpenPort         code = 1105
	codeCycle            code = 1106
	codeUnreachable      code = 1107
	codeEdgeIntoTrigger  code = 1108
	codeDuplicatePort    code = 1109
	codeBadVariableName  code = 1201
	codeDuplicateVar     code = 1202
	codeVariableType     code = 1203
	codeVariableInitial  code = 1204
	codeUnknownVariable  code = 1205
	codeUnwritten        code = 1206
	codeNotRun           code = 1207
	codeNeverBefore      code = 1208
	codeNoNearest        code = 1209
	codeSyntax           code = 1301
	codeUndeclared       code = 1302
	codeUnknownField     code = 1303
	codeEnumValue        code = 1304
	codeOverload         code = 1305
	codeResultType       code = 1306
	codeUnknownNode      code = 1307
	codeExpressionNeeded code = 1308
	codeTooLarge         code = 1309
	codeConstantFails    code = 1310
	codeTemplateSyntax   code = 1401
	codeTemplateName     code = 1402
	codeRegex            code = 1501
	codeNodeTarget       code = 1502
	codeViolation        code = 1503
	codeTwoReplies       code = 1601
	codeBoundSteps       code = 1602
	codeBoundCommands    code = 1603
	codeBoundCalls       code = 1604
	codeBoundTokens      code = 1605
	codeBoundExpressions code = 1606
)

// wording is the text of a code; its remedy in Chinese stands in remediesZh. The verbs in all of them take the same arguments; a remedy takes
// those that it names by index.
type wording struct {
	warning bool
	en      string
	zh      string
	remedy  string
}

var findings = map[code]wording{
	codeEmpty:            {en: "the flow has no nodes", zh: "流程没有节点", remedy: "add a trigger and connect nodes to it"},
	codeNoTrigger:        {en: "the flow has no trigger, so it never starts", zh: "流程没有触发节点，永远不会启动", remedy: "add a trigger such as TRIGGER_WEBHOOK"},
	codeBadID:            {en: "%q cannot be a node's id", zh: "%q 不能作为节点编号", remedy: "use lower case letters, digits and underscores, begin with a letter, up to 63 characters, and none of true, false, null, in"},
	codeDuplicateID:      {en: "another node has the id %s too", zh: "节点编号 %s 重复", remedy: "give each node an id of its own"},
	codeNoConfig:         {en: "node %s has no config, so its type is unknown", zh: "节点 %s 没有配置，无法确定类型", remedy: "set the config of one node type, such as message_receive: {}"},
	codeUnknownKind:      {en: "there is no node type %s here", zh: "这里没有节点类型 %s", remedy: "use a node type of the catalog"},
	codePlanned:          {en: "%s cannot be activated yet: %s", zh: "%[1]s 尚不可用：%[3]s", remedy: "%[2]s"},
	codeUnknownFields:    {en: "there are fields that this server does not know", zh: "包含本服务器不认识的字段", remedy: "remove them, or upgrade the server"},
	codeEnumNumber:       {en: "%s is no value of %s", zh: "%s 不是 %s 的值", remedy: "its values are %[3]s"},
	codeDefinitionSize:   {en: "the flow has %s bytes, more than %s", zh: "流程大小为 %s 字节，超过上限 %s", remedy: "shorten texts and lists, or split the flow"},
	codeEdgeFrom:         {en: "an edge leaves %q, which is no node of the flow", zh: "连线的起点 %q 不是本流程的节点", remedy: "name an existing node, or remove the edge"},
	codeEdgeTo:           {en: "an edge leads to %q, which is no node of the flow", zh: "连线的终点 %q 不是本流程的节点", remedy: "name an existing node, or remove the edge"},
	codeUnknownPort:      {en: "node %s has no port %s", zh: "节点 %s 没有出口 %s", remedy: "its ports are %[3]s"},
	codeTwoEdges:         {en: "two edges leave port %s of node %s", zh: "节点 %[2]s 的出口 %[1]s 有两条连线", remedy: "keep one; let one node follow the other when both should run"},
	codeOpenPort:         {en: "port %[2]s of node %[1]s leads nowhere", zh: "节点 %[1]s 的出口 %[2]s 没有连线", remedy: "connect port %[2]s to a node"},
	codeCycle:            {en: "the nodes form a cycle: %s", zh: "节点形成循环：%s", remedy: "remove one of these edges; only REPLY_QUALITY_CHECK may run an earlier node again"},
	codeUnreachable:      {en: "no path from a trigger leads to node %s", zh: "没有路径从触发节点到达节点 %s", remedy: "connect the node or remove it"},
	codeEdgeIntoTrigger:  {en: "an edge leads to %s, which is a trigger", zh: "连线指向触发节点 %s", remedy: "triggers only start flows; lead the edge to the node behind the trigger"},
	codeDuplicatePort:    {en: "port %s is there twice", zh: "出口 %s 重复", remedy: "give each case a port of its own"},
	codeBadVariableName:  {en: "%q cannot be a variable's name", zh: "%q 不能作为变量名", remedy: "use lower case letters, digits and underscores, begin with a letter, up to 63 characters, and none of true, false, null, in"},
	codeDuplicateVar:     {en: "variable %s is declared twice", zh: "变量 %s 重复声明", remedy: "keep one declaration"},
	codeVariableType:     {en: "variable %s has no type", zh: "变量 %s 没有类型", remedy: "set type to one of the VARIABLE_TYPE values"},
	codeVariableInitial:  {en: "the initial value of variable %s depends on the run", zh: "变量 %s 的初始值不是常量", remedy: "use a literal such as 0, 'text' or ['a']"},
	codeUnknownVariable:  {en: "the flow declares no variable %s", zh: "流程没有声明变量 %s", remedy: "declare the variable with its type, or correct the name"},
	codeUnwritten:        {en: "variable %s may be read before it is written, on the path %s", zh: "变量 %s 在路径 %s 上尚未赋值", remedy: "write vars.%[1]s on every path that leads here, or give the variable an initial value"},
	codeNotRun:           {en: "node %s may not have run when %s begins: it gives nothing on the path %s", zh: "节点 %[2]s 开始时，节点 %[1]s 可能没有运行：路径 %[3]s 上没有它的结果", remedy: "use maybe.%[1]s, for example maybe.%[1]s.?field.orValue(...), or lead every path through %[1]s"},
	codeNeverBefore:      {en: "node %s never runs before %s", zh: "节点 %s 不会在 %s 之前运行", remedy: "read the output of a node that comes before"},
	codeNoNearest:        {en: "field %s has no default here: it needs an earlier %s, and the path %s has none", zh: "字段 %s 没有默认值：需要前面有 %s，而路径 %s 上没有", remedy: "write an expression in the field, or put a node of the type %[2]s before"},
	codeSyntax:           {en: "the expression cannot be read: %s", zh: "表达式语法错误：%s", remedy: "correct the expression at the position given"},
	codeUndeclared:       {en: "there is nothing called %s", zh: "没有名为 %s 的内容", remedy: "expressions read event, session, env, now, vars.NAME, nodes.ID and maybe.ID"},
	codeUnknownField:     {en: "there is no field %s", zh: "没有字段 %s", remedy: "%[2]s"},
	codeEnumValue:        {en: "%s has no value %s", zh: "枚举 %s 没有值 %s", remedy: "its values are %[3]s"},
	codeOverload:         {en: "operation and operands do not fit: %s", zh: "运算与操作数类型不符：%s", remedy: "%[2]s"},
	codeResultType:       {en: "the expression gives %s, but the field needs %s", zh: "表达式结果为 %s，字段需要 %s", remedy: "write an expression that gives %[2]s"},
	codeUnknownNode:      {en: "the flow has no node %s", zh: "流程没有节点 %s", remedy: "name a node of this flow"},
	codeExpressionNeeded: {en: "field %s is empty and has no default", zh: "字段 %s 为空且没有默认值", remedy: "write an expression that gives %[2]s"},
	codeTooLarge:         {en: "the expression is too large: %s", zh: "表达式过大：%s", remedy: "split it over several variables"},
	codeConstantFails:    {en: "the expression can only fail: %s", zh: "表达式必然出错：%s", remedy: "correct the constant"},
	codeTemplateSyntax:   {en: "the template cannot be read: %s", zh: "模板语法错误：%s", remedy: "close each { with }; write {{ and }} for braces themselves"},
	codeTemplateName:     {en: "the template knows no {%s}", zh: "模板中没有 {%s}", remedy: "it knows %[2]s"},
	codeRegex:            {en: "the regular expression cannot be read: %s", zh: "正则表达式错误：%s", remedy: "use RE2 syntax, which has no look-around and no back references"},
	codeNodeTarget:       {en: "node %s does not run before %s on every path", zh: "节点 %s 并非总在 %s 之前运行", remedy: "name a node that every path to this one goes through"},
	codeViolation:        {en: "%s", zh: "不符合规则：%s", remedy: "change the value as the rule says"},
	codeTwoReplies:       {warning: true, en: "one event can be replied to by %s and by %s", zh: "同一事件可能被 %s 和 %s 同时回复", remedy: "let only one of them run, or raise max_replies_per_message"},
	codeBoundSteps:       {en: "one event can lead to %s node visits, more than %s", zh: "单个事件最多经过 %s 个节点，超过上限 %s", remedy: "split the flow, or repeat less"},
	codeBoundCommands:    {en: "one event can lead to %s robot commands, more than %s", zh: "单个事件最多产生 %s 条指令，超过上限 %s", remedy: "send less on one path"},
	codeBoundCalls:       {en: "one event can lead to %s outside calls, more than %s", zh: "单个事件最多产生 %s 次外部调用，超过上限 %s", remedy: "call less on one path"},
	codeBoundTokens:      {en: "one event can use %s model tokens, more than %s", zh: "单个事件最多使用 %s 个令牌，超过上限 %s", remedy: "ask models less or for shorter answers"},
	codeBoundExpressions: {en: "expressions of one event can cost %s, more than %s", zh: "单个事件的表达式开销最多 %s，超过上限 %s", remedy: "avoid loops inside loops over lists and long texts"},
}

func (w wording) severity() flowdeskv1.Severity {
	if w.warning {
		return flowdeskv1.Severity_SEVERITY_WARNING
	}
	return flowdeskv1.Severity_SEVERITY_ERROR
}

// at is the place of a finding.
type at struct {
	node   string
	path   string
	offset int32
	exact  bool // the offset counts
}

// report notes a finding.
func (c *compiler) report(code code, place at, args ...any) {
	f, ok := findings[code]
	if !ok {
		panic(fmt.Sprintf("no text for code %d", code)) //nolint:forbidigo // a programmer's error
	}
	d := &flowdeskv1.Diagnostic{
		Code: fmt.Sprintf("FD%d", code), Node: place.node, Field: place.path, Offset: -1,
		Message: fill(f.en, english(args)), MessageZh: fill(f.zh, chinese(args)),
		Remedy: fill(f.remedy, english(args)), RemedyZh: fill(remediesZh[code], chinese(args)),
	}
	d.Severity = f.severity()
	if place.exact {
		d.Offset = place.offset
	}
	c.add(d)
}

// maxDiagnostics bounds the answer for a hopeless flow.
const maxDiagnostics = 1000

func (c *compiler) add(d *flowdeskv1.Diagnostic) {
	if d.GetSeverity() == flowdeskv1.Severity_SEVERITY_ERROR {
		c.failed = true
	}
	if len(c.diagnostics) < maxDiagnostics {
		c.diagnostics = append(c.diagnostics, d)
	}
}

// fill puts the arguments into a text. Texts need not use all arguments.
func fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	verbs := 0
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '%' {
			verbs++
		}
	}
	if verbs == 0 {
		return text
	}
	if !indexedVerbs(text) {
		args = args[:min(verbs, len(args))]
	}
	return fmt.Sprintf(text, args...)
}

func indexedVerbs(text string) bool {
	for i := 0; i+1 < len(text); i++ {
		if text[i] == '%' && text[i+1] == '[' {
			return true
		}
	}
	return false
}

// sorted are the diagnostics in the order of the flow: what concerns the flow, then node by node as the author wrote them.
func (c *compiler) sorted() []*flowdeskv1.Diagnostic {
	place := make(map[string]int, len(c.def.GetNodes()))
	for i, n := range c.def.GetNodes() {
		if _, ok := place[n.GetId()]; !ok {
			place[n.GetId()] = i + 1
		}
	}
	slices.SortStableFunc(c.diagnostics, func(a, b *flowdeskv1.Diagnostic) int {
		if a.GetNode() != "" || b.GetNode() != "" {
			if d := place[a.GetNode()] - place[b.GetNode()]; d != 0 {
				return d
			}
		}
		return cmp.Or(cmp.Compare(a.GetField(), b.GetField()), cmp.Compare(a.GetOffset(), b.GetOffset()), cmp.Compare(a.GetCode(), b.GetCode()))
	})
	return c.diagnostics
}

// DiagnosticCodes are all codes of the compiler itself, in order.
func DiagnosticCodes() []string {
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(findings)) {
		codes = append(codes, fmt.Sprintf("FD%d", code))
	}
	return codes
}
