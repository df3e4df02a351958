package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestMessagePriority(t *testing.T) {
	kind := func(k flowdeskv1.TaskKind) func(*flowdeskv1.Understanding) {
		return func(u *flowdeskv1.Understanding) { u.TaskKind = k }
	}
	chitchat := intent(flowdeskv1.Intent_INTENT_CHITCHAT)
	urgent := func(u *flowdeskv1.Understanding) { u.Urgency = flowdeskv1.Urgency_URGENCY_HIGH }
	const other = flowdeskv1.TaskKind_TASK_KIND_OTHER
	for _, c := range []struct {
		name  string
		facts desk.PriorityFacts
		want  flowdeskv1.Priority
		rule  string
	}{
		{"high: complaint", desk.PriorityFacts{Understanding: text(0.2, intent(flowdeskv1.Intent_INTENT_COMPLAINT))}, high, "complaint"},
		{"high: dissatisfaction", desk.PriorityFacts{Understanding: text(0.3, func(u *flowdeskv1.Understanding) { u.Polarity = negative })}, high, "dissatisfaction"},
		{"high: the user may leave", desk.PriorityFacts{Understanding: text(0.4, func(u *flowdeskv1.Understanding) { u.Churn = true })}, high, "dissatisfaction"},
		{"high: anything that involves an operator", desk.PriorityFacts{Understanding: text(0.5, chitchat), Operator: true}, high, "operator"},
		{"high: an operator speaks", desk.PriorityFacts{Understanding: text(0.5), Role: operator}, high, "operator"},
		{"high: real-name verification", desk.PriorityFacts{Understanding: text(0.5, kind(flowdeskv1.TaskKind_TASK_KIND_REAL_NAME))}, high, "real_name"},
		{"high: QR verification, also when the answer is a mere 好的", desk.PriorityFacts{Understanding: text(0.5, chitchat), Task: flowdeskv1.TaskKind_TASK_KIND_QR_CODE}, high, "qr_code"},
		{"high: urgent service", desk.PriorityFacts{Understanding: text(0.5, intent(flowdeskv1.Intent_INTENT_URGENT_SERVICE))}, high, "urgent"},
		{"high: a question in haste", desk.PriorityFacts{Understanding: text(0.5, urgent)}, high, "urgent"},
		{"medium: ordinary service question", desk.PriorityFacts{Understanding: text(0.5)}, medium, "service"},
		{"medium: phone binding", desk.PriorityFacts{Understanding: text(0.5, kind(flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING))}, medium, "phone_binding"},
		{"medium: request for help", desk.PriorityFacts{Understanding: text(0.5, intent(flowdeskv1.Intent_INTENT_HELP_REQUEST))}, medium, "help"},
		{"medium: asks for a person", desk.PriorityFacts{Understanding: text(0.5, func(u *flowdeskv1.Understanding) { u.Handoff = true })}, medium, "help"},
		{"medium: important question", desk.PriorityFacts{Understanding: text(0.5, func(u *flowdeskv1.Understanding) { u.Important = true })}, medium, "important"},
		{"low: small talk", desk.PriorityFacts{Understanding: text(0.5, chitchat)}, low, "chitchat"},
		{"low: small talk in haste is small talk", desk.PriorityFacts{Understanding: text(0.5, chitchat, urgent)}, low, "chitchat"},
		{"low: spam, however it shouts", desk.PriorityFacts{Understanding: text(0.5, urgent, func(u *flowdeskv1.Understanding) { u.Spam = true })}, low, "spam"},
		{"low: welcome phrase", desk.PriorityFacts{Understanding: text(0.8, func(u *flowdeskv1.Understanding) { u.Chitchat = true })}, low, "chitchat"},
		{"low: minor question", desk.PriorityFacts{Understanding: text(0.5, func(u *flowdeskv1.Understanding) { u.Urgency = flowdeskv1.Urgency_URGENCY_LOW })}, low, "minor"},
		{"configured kind has its priority", desk.PriorityFacts{Understanding: text(0.5, kind(other)), TaskPriority: low}, low, "task_kind"},
		{"configured kind without one", desk.PriorityFacts{Understanding: text(0.5, kind(other))}, medium, "service"},
		{"not understood", desk.PriorityFacts{}, medium, "service"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := desk.MessagePriority(c.facts)
			require.Equal(t, c.want, got.Priority)
			require.Equal(t, c.rule, got.Rule)
			require.NotEmpty(t, got.Reason)
		})
	}
}

func TestTaskPriority(t *testing.T) {
	rules := []*flowdeskv1.TaskKindRule{{Name: "改名", Priority: low}, {Name: "注销"}}
	require.Equal(t, high, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_REAL_NAME, "", nil))
	require.Equal(t, high, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_QR_CODE, "", nil))
	require.Equal(t, medium, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING, "", nil))
	require.Equal(t, low, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_OTHER, "改名", rules))
	require.Equal(t, medium, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_OTHER, "注销", rules))
	require.Equal(t, medium, desk.TaskPriority(flowdeskv1.TaskKind_TASK_KIND_OTHER, "unknown", rules))
}
