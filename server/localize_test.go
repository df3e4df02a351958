package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestEveryReasonIsSaidInChinese(t *testing.T) {
	t.Parallel()
	for name, number := range flowdeskv1.ErrorReason_value {
		if number != 0 {
			require.NotEmpty(t, inChinese().Reasons[strings.TrimPrefix(name, "ERROR_REASON_")], "zh.yaml has nothing for the reason %s", name)
		}
	}
	require.Len(t, inChinese().Reasons, len(flowdeskv1.ErrorReason_value)-1)
}

// refusing are the functions whose last text is what a caller reads.
var refusing = []string{"invalidField", "failedPrecondition", "withReason", "Refuse", "RefuseField", "RefuseMore", "RefuseUnoffered", "refusedParameter"}

var verb = regexp.MustCompile(`%[a-z]`)

// textOf is the text of an expression, with %s for what only the run knows; empty when nothing of it is known.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		left, right := textOf(e.X), textOf(e.Y)
		if left == "" && right == "" {
			return ""
		}
		if left == "" {
			left = "%s"
		}
		if right == "" {
			right = "%s"
		}
		return left + right
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Sprintf" {
			return verb.ReplaceAllString(textOf(e.Args[0]), "%s")
		}
	}
	return ""
}

// refusals are the texts that packages refuse with.
func refusals(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	found := make(map[string]string)
	for _, folder := range folders {
		files, err := filepath.Glob(folder + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			parsed, err := parser.ParseFile(set, file, nil, 0)
			require.NoError(t, err)
			ast.Inspect(parsed, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				name := ""
				switch f := call.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				switch {
				case slices.Contains(refusing, name):
					for _, argument := range call.Args[1:] {
						if text := textOf(argument); text != "" && (name != "invalidField" && name != "RefuseField" || argument == call.Args[1]) {
							found[text] = set.Position(call.Pos()).String()
						}
					}
					if len(call.Args) == 1 {
						found[textOf(call.Args[0])] = set.Position(call.Pos()).String()
					}
				case name == "Note" && len(call.Args) > 0:
					if rest, refused := strings.CutPrefix(textOf(call.Args[0]), "refused: "); refused && verb.ReplaceAllString(rest, "") != "" {
						found[verb.ReplaceAllString(rest, "%s")] = set.Position(call.Pos()).String()
					}
				}
				return true
			})
		}
	}
	delete(found, "")
	delete(found, "%s: %s") // the field before its description, which is in Chinese by itself
	return found
}

func TestEveryRefusalIsSaidInChinese(t *testing.T) {
	t.Parallel()
	found := refusals(t, ".", "../internal/simulator", "../internal/app", "../nodes")
	require.Greater(t, len(found), 60, "the texts are found at all")
	for text, place := range found {
		said, ok := inChinese().message(text)
		require.True(t, ok, "zh.yaml has nothing for %q (%s)", text, place)
		require.NotEmpty(t, said)
	}
}

func TestRefusalsInChineseKeepWhatTheyAreAbout(t *testing.T) {
	t.Parallel()
	words := inChinese()
	for english, want := range map[string]string{
		"it has left the queue: COMMAND_STATE_SENT":                                                   "指令已离开队列：已发送",
		"TASK_ACTION_COMPLETE is not allowed in TASK_STATE_COMPLETED: allowed are TASK_ACTION_REOPEN": "“已完成”状态下不能完成，可以：重开",
		"it was merged into groups/g1":                                                                "该群已合并到 g1",
		`there is no group "vip" in the simulation`:                                                   "模拟中没有群 vip",
		"not allowed: FlowService.PublishFlow as viewer":                                              "没有权限：您的角色不能执行 FlowService.PublishFlow",
		"use reply has a budget in money, but the price of m-1 at kept is not known":                  "用途 reply 设有金额预算，但模型 m-1 的价格未知。请填写单价",
	} {
		got, ok := words.message(english)
		require.True(t, ok, english)
		require.Equal(t, want, got)
	}
	require.Equal(t, "没有找到，可能已被删除（get flow x: not found）", words.said(flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND, "get flow x: not found"))
}

// A refusal of a state says it in the reader's words, whichever it is: the names are what programs read in the resource.
func TestStatesAreRefusedInWords(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"it is COMMAND_STATE_SENT": "it is sent",
		"TASK_ACTION_REMIND is not allowed in TASK_STATE_IN_PROGRESS: allowed are TASK_ACTION_COMPLETE, TASK_ACTION_CANCEL": `remind is not allowed in "in progress": allowed are complete, cancel`,
		"it is NO_SUCH_VALUE": "it is NO_SUCH_VALUE",
	} {
		require.Equal(t, want, status.Convert(failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, message)).Message())
	}
	for _, enum := range []protoreflect.EnumDescriptor{
		flowdeskv1.CommandState(0).Descriptor(), flowdeskv1.TaskState(0).Descriptor(), flowdeskv1.TaskAction(0).Descriptor(),
		flowdeskv1.AlertState(0).Descriptor(), flowdeskv1.AlertAction(0).Descriptor(),
	} {
		for i := 1; i < enum.Values().Len(); i++ {
			name := string(enum.Values().Get(i).Name())
			refusal := status.Convert(failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT, "it has left the queue: "+name))
			require.NotContains(t, refusal.Message(), name)
			for _, detail := range refusal.Details() {
				if said, ok := detail.(*errdetails.LocalizedMessage); ok {
					require.NotContains(t, said.GetMessage(), name)
				}
			}
		}
	}
	kept := status.Convert(withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD, "state: want COMMAND_STATE_SENT"))
	require.Contains(t, kept.Message(), "COMMAND_STATE_SENT", "what a program must send is named")
}

func TestFieldsAreRefusedInChinese(t *testing.T) {
	t.Parallel()
	validator, err := protovalidate.New()
	require.NoError(t, err)
	said := func(m *flowdeskv1.CreateUserRequest) map[string]string {
		t.Helper()
		mapped, known := toStatus(validator.Validate(m))
		require.True(t, known)
		out := make(map[string]string)
		for _, detail := range status.Convert(mapped).Details() {
			if bad, ok := detail.(*errdetails.BadRequest); ok {
				for _, v := range bad.GetFieldViolations() {
					out[v.GetField()] = v.GetLocalizedMessage().GetMessage()
				}
			}
		}
		return out
	}
	got := said(&flowdeskv1.CreateUserRequest{UserId: strings.Repeat("x", 300), Password: "x", User: &flowdeskv1.User{Role: 99}})
	require.NotEmpty(t, got)
	for field, text := range got {
		require.Regexp(t, `\p{Han}`, text, field)
		require.NotContains(t, text, "填写有误", "%s has no rule in zh.yaml: %s", field, text)
	}
	require.Equal(t, "不是已定义的枚举值", got["user.role"])
}

func TestOnlyWhoReadsChineseGetsIt(t *testing.T) {
	t.Parallel()
	err := invalidField("flow_id", "lower-case letters, digits, - and _, beginning with a letter, at most 63")
	require.Equal(t, err, forReader(asksForChinese("zh-CN,zh;q=0.9,en;q=0.8"), err))
	for _, language := range []string{"", "en-US,zh;q=0.5", "de"} {
		plain := status.Convert(forReader(asksForChinese(language), err))
		require.Equal(t, codes.InvalidArgument, plain.Code())
		require.Len(t, plain.Details(), 2, "reason and field stay")
		for _, detail := range plain.Details() {
			_, localized := detail.(*errdetails.LocalizedMessage)
			require.False(t, localized)
			if bad, ok := detail.(*errdetails.BadRequest); ok {
				require.Nil(t, bad.GetFieldViolations()[0].GetLocalizedMessage())
			}
		}
	}
}

func TestNothingIsTranslatedThatNobodySays(t *testing.T) {
	t.Parallel()
	found := refusals(t, ".", "../internal/simulator", "../internal/app", "../nodes")
	said := make(map[string]bool)
	for text := range found {
		said[text] = true
	}
	for _, f := range []string{"../internal/connectors/models", "../internal/outside", "../internal/access", "../internal/desk", "../engine", ".", "../internal/app"} {
		for text := range texts(t, f) {
			said[text] = true
		}
	}
	protos, err := filepath.Glob("../proto/flowdesk/v1/*.proto")
	require.NoError(t, err)
	for _, file := range protos {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, rule := range regexp.MustCompile(`message: "(.*)"`).FindAllStringSubmatch(string(data), -1) {
			said[rule[1]] = true
			_, known := inChinese().message(rule[1])
			require.True(t, known, "zh.yaml has nothing for the rule %q of %s", rule[1], file)
		}
	}
	for english := range inChinese().Messages {
		if said[english] {
			continue
		}
		known := false
		for text := range said { // a text inside of another, behind what wraps it
			known = known || len(text) > 8 && strings.Contains(english, strings.TrimSuffix(text, ": %s")) || strings.Contains(text, english)
		}
		require.True(t, known, "nothing says %q any more", english)
	}
}

// texts are all texts of a package, with %s for every verb.
func texts(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	require.NoError(t, err)
	found := make(map[string]bool)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				found[verb.ReplaceAllString(textOf(text), "%s")] = true
			}
			return true
		})
	}
	return found
}
