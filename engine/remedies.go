package engine

// words are an argument of a finding in both languages. What is a name of the language, or comes from a library, is a plain text.
type words struct{ en, zh string }

func english(args []any) []any { return spoken(args, func(w words) string { return w.en }) }

func chinese(args []any) []any { return spoken(args, func(w words) string { return w.zh }) }

func spoken(args []any, in func(words) string) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if w, ok := a.(words); ok {
			a = in(w)
		}
		out[i] = a
	}
	return out
}

// remediesZh are the remedies in Chinese. Like the English ones they take those arguments that they name by index.
//
//nolint:gosec // no credentials: the word token is in it
var remediesZh = map[code]string{
	codeEmpty:            "添加一个触发节点，并把其他节点连到它后面",
	codeNoTrigger:        "添加一个触发节点，例如 TRIGGER_WEBHOOK",
	codeBadID:            "使用小写字母、数字和下划线，以字母开头，最多 63 个字符，且不能是 true、false、null、in",
	codeDuplicateID:      "为每个节点取不同的编号",
	codeNoConfig:         "填写一种节点类型的配置，例如 message_receive: {}",
	codeUnknownKind:      "使用节点目录中的类型",
	codePlanned:          "%[3]s",
	codeUnknownFields:    "删除这些字段，或升级服务器",
	codeEnumNumber:       "可用的值有 %[3]s",
	codeDefinitionSize:   "缩短文本和列表，或拆分流程",
	codeEdgeFrom:         "改为已有的节点，或删除这条连线",
	codeEdgeTo:           "改为已有的节点，或删除这条连线",
	codeUnknownPort:      "该节点的出口有 %[3]s",
	codeTwoEdges:         "只保留一条；若两个节点都要运行，让一个跟在另一个后面",
	codeOpenPort:         "把出口 %[2]s 连到一个节点",
	codeCycle:            "删除其中一条连线；只有 REPLY_QUALITY_CHECK 可以重新运行前面的节点",
	codeUnreachable:      "连接该节点，或删除它",
	codeEdgeIntoTrigger:  "触发节点只用于启动流程；把连线指向触发节点后面的节点",
	codeDuplicatePort:    "为每个分支取不同的出口名",
	codeBadVariableName:  "使用小写字母、数字和下划线，以字母开头，最多 63 个字符，且不能是 true、false、null、in",
	codeDuplicateVar:     "只保留一处声明",
	codeVariableType:     "把 type 设为 VARIABLE_TYPE 中的一个值",
	codeVariableInitial:  "使用常量，例如 0、'text' 或 ['a']",
	codeUnknownVariable:  "声明该变量及其类型，或改正名称",
	codeUnwritten:        "在到达这里的每条路径上为 vars.%[1]s 赋值，或为变量设置初始值",
	codeNotRun:           "使用 maybe.%[1]s，例如 maybe.%[1]s.?field.orValue(...)，或让每条路径都经过 %[1]s",
	codeNeverBefore:      "读取在此之前运行的节点的结果",
	codeNoNearest:        "在字段中写一个表达式，或在前面放一个 %[2]s 节点",
	codeSyntax:           "改正所标位置的表达式",
	codeUndeclared:       "表达式可以读取 event、session、env、now、vars.名称、nodes.编号 和 maybe.编号",
	codeUnknownField:     "%[2]s",
	codeEnumValue:        "可用的值有 %[3]s",
	codeOverload:         "%[2]s",
	codeResultType:       "写一个结果为%[2]s的表达式",
	codeUnknownNode:      "填写本流程中的节点",
	codeExpressionNeeded: "写一个结果为%[2]s的表达式",
	codeTooLarge:         "拆成多个变量",
	codeConstantFails:    "改正其中的常量",
	codeTemplateSyntax:   "用 } 结束每个 {；花括号本身写作 {{ 和 }}",
	codeTemplateName:     "可用的有 %[2]s",
	codeRegex:            "使用 RE2 语法，它没有环视和反向引用",
	codeNodeTarget:       "填写每条到达这里的路径都经过的节点",
	codeViolation:        "按规则修改该值",
	codeTwoReplies:       "只让其中一个运行，或调高 max_replies_per_message",
	codeBoundSteps:       "拆分流程，或减少重复",
	codeBoundCommands:    "减少同一路径上发送的指令",
	codeBoundCalls:       "减少同一路径上的外部调用",
	codeBoundTokens:      "减少模型调用，或要求更短的回答",
	codeBoundExpressions: "避免对列表和长文本做嵌套循环",
}
