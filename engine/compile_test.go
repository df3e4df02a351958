package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/nodes"
)

// language is a catalog of all node types of the language: the built-in ones, and those that are still to come without their handlers,
// which is enough to compile.
func language(tb testing.TB) *engine.Catalog {
	tb.Helper()
	builtin := nodes.Builtin()
	var all []*engine.NodeType
	arms := (&flowdeskv1.Node{}).ProtoReflect().Descriptor().Oneofs().ByName("config").Fields()
	for i := range arms.Len() {
		config, err := protoregistry.GlobalTypes.FindMessageByName(arms.Get(i).Message().FullName())
		require.NoError(tb, err)
		if t := builtin.Type(engine.KindOf(arms.Get(i))); t != nil {
			all = append(all, t)
			continue
		}
		all = append(all, engine.NewPlannedType(config.New().Interface()))
	}
	return engine.NewCatalog(engine.Rules{}, all...)
}

func flow(tb testing.TB, json string) *flowdeskv1.FlowDefinition {
	tb.Helper()
	def := &flowdeskv1.FlowDefinition{}
	require.NoError(tb, protojson.Unmarshal([]byte(json), def))
	return def
}

func TestCompileReply(t *testing.T) {
	def := flow(t, `{"title":"reply","nodes":[
		{"id":"start","triggerWebhook":{"filter":"event.message.text.contains('帮')"}},
		{"id":"receive","messageReceive":{}},
		{"id":"intent","intentRecognize":{}},
		{"id":"decide","aiReplyDecision":{}},
		{"id":"write","aiReplyGenerate":{}},
		{"id":"check","replyQualityCheck":{"regenerate":"write","fallbackText":"{nickname}，{nodes.intent.intent}"}},
		{"id":"send","robotCommandSend":{}},
		{"id":"result","asyncResultCheck":{}},
		{"id":"done","analysisTrigger":{}}],
	"edges":[
		{"from":"start","to":"receive"},{"from":"receive","to":"intent"},{"from":"intent","to":"decide"},
		{"from":"decide","port":"reply","to":"write"},{"from":"decide","port":"silent","to":"done"},{"from":"decide","port":"handoff","to":"done"},
		{"from":"write","to":"check"},{"from":"write","port":"failed","to":"done"},
		{"from":"check","port":"pass","to":"send"},{"from":"check","port":"rejected","to":"done"},
		{"from":"send","to":"result"},{"from":"result","port":"armed","to":"done"}]}`)
	program, diagnostics := language(t).Compile("f", 1, def)
	require.Empty(t, diagnostics)
	require.Len(t, program.Nodes, 9)
	require.Equal(t, "start", program.Triggers[0].ID)
	require.Equal(t, "send", program.Node("check").Next("pass").ID)
}

// TestDefaults reads every default of every config: a compile panics on one that cannot be read.
func TestDefaults(t *testing.T) {
	catalog := language(t)
	for _, kind := range catalog.Types() {
		node := &flowdeskv1.Node{Id: "n"}
		m := node.ProtoReflect()
		m.Set(kind.Arm, protoreflect.ValueOfMessage(m.NewField(kind.Arm).Message()))
		_, diagnostics := catalog.Compile("f", 1, &flowdeskv1.FlowDefinition{Nodes: []*flowdeskv1.Node{node}})
		require.NotEmpty(t, diagnostics, "%s alone is no flow", kind.Kind)
	}
}
