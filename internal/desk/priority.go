package desk

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// PriorityFacts are what the priority of a message depends on.
type PriorityFacts struct {
	// Understanding of the message; nil when it has not been understood.
	Understanding *flowdeskv1.Understanding
	// Role of its sender.
	Role flowdeskv1.Role
	// Operator is true when an operator is involved: mentioned, or waiting for this user.
	Operator bool
	// Task is the kind of the after-sales task that it is about; unspecified takes the kind that was understood.
	Task flowdeskv1.TaskKind
	// TaskPriority is the priority of a configured kind.
	TaskPriority flowdeskv1.Priority
}

// PriorityJudgement is a priority and what decided it.
type PriorityJudgement struct {
	// Priority of the message and of the reply to it.
	Priority flowdeskv1.Priority
	// Rule that decided, such as complaint or chitchat.
	Rule string
	// Reason in words.
	Reason string
}

// MessagePriority decides the priority of a message. High: complaint or dissatisfaction, anything that involves an operator, real-name or QR
// tasks, urgent service. Medium: ordinary service questions, phone binding, requests for help, important questions. Low: small talk, spam,
// welcome phrases, minor questions.
func MessagePriority(f PriorityFacts) PriorityJudgement {
	const (
		low    = flowdeskv1.Priority_PRIORITY_LOW
		medium = flowdeskv1.Priority_PRIORITY_MEDIUM
		high   = flowdeskv1.Priority_PRIORITY_HIGH
	)
	u := f.Understanding
	task := f.Task
	if task == flowdeskv1.TaskKind_TASK_KIND_UNSPECIFIED {
		task = u.GetTaskKind()
	}
	intent := u.GetIntent()
	switch {
	case f.Role == flowdeskv1.Role_ROLE_OPERATOR || f.Operator:
		return PriorityJudgement{high, "operator", "涉及运营"}
	case u.GetSpam():
		return PriorityJudgement{low, "spam", "垃圾信息"}
	case intent == flowdeskv1.Intent_INTENT_COMPLAINT:
		return PriorityJudgement{high, "complaint", "投诉或不满"}
	case u.GetConflict() || u.GetChurn():
		return PriorityJudgement{high, "dissatisfaction", "不满、争吵或流失风险"}
	case task == flowdeskv1.TaskKind_TASK_KIND_REAL_NAME:
		return PriorityJudgement{high, "real_name", "实名认证"}
	case task == flowdeskv1.TaskKind_TASK_KIND_QR_CODE:
		return PriorityJudgement{high, "qr_code", "扫码认证"}
	case intent == flowdeskv1.Intent_INTENT_URGENT_SERVICE:
		return PriorityJudgement{high, "urgent", "紧急服务咨询"}
	case task == flowdeskv1.TaskKind_TASK_KIND_OTHER && f.TaskPriority != flowdeskv1.Priority_PRIORITY_UNSPECIFIED:
		return PriorityJudgement{f.TaskPriority, "task_kind", "自定义任务类型"}
	case task == flowdeskv1.TaskKind_TASK_KIND_PHONE_BINDING:
		return PriorityJudgement{medium, "phone_binding", "绑定手机"}
	case u.GetChitchat() || intent == flowdeskv1.Intent_INTENT_CHITCHAT:
		return PriorityJudgement{low, "chitchat", "闲聊或欢迎语"}
	case u.GetUrgency() == flowdeskv1.Urgency_URGENCY_HIGH && service(intent):
		return PriorityJudgement{high, "urgent", "紧急服务咨询"}
	case u.GetPolarity() == flowdeskv1.Polarity_POLARITY_NEGATIVE:
		return PriorityJudgement{high, "dissatisfaction", "情绪不满"}
	case u.GetImportant():
		return PriorityJudgement{medium, "important", "重要问题"}
	case u.GetUrgency() == flowdeskv1.Urgency_URGENCY_LOW:
		return PriorityJudgement{low, "minor", "次要问题"}
	case intent == flowdeskv1.Intent_INTENT_HELP_REQUEST || u.GetHandoff() || intent == flowdeskv1.Intent_INTENT_HANDOFF:
		return PriorityJudgement{medium, "help", "帮助请求"}
	case intent == flowdeskv1.Intent_INTENT_RESPONSE:
		return PriorityJudgement{low, "response", "应答，没有问题"}
	default:
		return PriorityJudgement{medium, "service", "普通服务咨询"}
	}
}

// service reports whether an intent asks for a service.
func service(intent flowdeskv1.Intent) bool {
	switch intent {
	case flowdeskv1.Intent_INTENT_INQUIRY, flowdeskv1.Intent_INTENT_HELP_REQUEST, flowdeskv1.Intent_INTENT_HANDOFF, flowdeskv1.Intent_INTENT_INFORMATION:
		return true
	default:
		return false
	}
}

// TaskPriority is the priority of an after-sales task: high for real-name and QR verification, the configured one for a configured kind,
// else medium.
func TaskPriority(kind flowdeskv1.TaskKind, kindName string, rules []*flowdeskv1.TaskKindRule) flowdeskv1.Priority {
	switch kind { //nolint:exhaustive // the other values mean nothing here
	case flowdeskv1.TaskKind_TASK_KIND_REAL_NAME, flowdeskv1.TaskKind_TASK_KIND_QR_CODE:
		return flowdeskv1.Priority_PRIORITY_HIGH
	case flowdeskv1.TaskKind_TASK_KIND_OTHER:
		for _, r := range rules {
			if r.GetName() == kindName && r.GetPriority() != flowdeskv1.Priority_PRIORITY_UNSPECIFIED {
				return r.GetPriority()
			}
		}
	}
	return flowdeskv1.Priority_PRIORITY_MEDIUM
}
