package runner

import (
	"slices"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// What a turn says is stored as it was said, and a row of it goes on to change: it is a message of its own. What hangs below it is only ever
// replaced as a whole, so that it may be the same: copies by reflection cost several times as much.

// messageOf is a row of a message.
func messageOf(m *flowdeskv1.Message) *flowdeskv1.Message {
	c := &flowdeskv1.Message{
		Name: m.GetName(), Id: m.GetId(), Session: m.GetSession(), Participant: m.GetParticipant(), SenderName: m.GetSenderName(),
		Role: m.GetRole(), RoleRule: m.GetRoleRule(), Text: m.GetText(), RawText: m.GetRawText(), ContentType: m.GetContentType(),
		AtMe: m.GetAtMe(), Robots: m.GetRobots(), ReceiveTime: m.GetReceiveTime(), PlatformId: m.GetPlatformId(), Intent: m.GetIntent(),
		Sentiment: m.Sentiment, FlowInstance: m.GetFlowInstance(), AfterSalesTask: m.GetAfterSalesTask(), Command: m.GetCommand(),
		DelayReason: m.GetDelayReason(), Withdrawn: m.GetWithdrawn(), Outgoing: m.GetOutgoing(), ReplyTo: m.GetReplyTo(), Person: m.GetPerson(),
		Event: m.GetEvent(), Digest: m.GetDigest(), Duplicates: m.GetDuplicates(),
	}
	keepUnknown(c, m)
	return c
}

// commandOf is a row of a command.
func commandOf(m *flowdeskv1.Command) *flowdeskv1.Command {
	c := &flowdeskv1.Command{
		Name: m.GetName(), Id: m.GetId(), Key: m.GetKey(), Session: m.GetSession(), TargetSession: m.GetTargetSession(),
		TargetName: m.GetTargetName(), TargetUser: m.GetTargetUser(), Mention: m.GetMention(), Kind: m.GetKind(), Text: m.GetText(),
		Duty: m.GetDuty(), Robot: m.GetRobot(), Priority: m.GetPriority(), Operator: m.GetOperator(), State: m.GetState(),
		SendTime: m.GetSendTime(), ExpireTime: m.GetExpireTime(), DelayReason: m.GetDelayReason(), Reason: m.GetReason(),
		ReplyTo: m.GetReplyTo(), Instance: m.GetInstance(), Node: m.GetNode(), Flow: m.GetFlow(), Attempts: m.GetAttempts(),
		MaxRetries: m.GetMaxRetries(), Backoff: m.GetBackoff(), OnUnknown: m.GetOnUnknown(), PlatformMessage: m.GetPlatformMessage(),
		ErrorCode: m.GetErrorCode(), CreateTime: m.GetCreateTime(), SentTime: m.GetSentTime(), DoneTime: m.GetDoneTime(),
		ResultDeadline: m.GetResultDeadline(), SupersededBy: m.GetSupersededBy(), Purpose: m.GetPurpose(), Trace: m.GetTrace(),
		Etag: m.GetEtag(), Causes: m.GetCauses(), Message: m.GetMessage(), RepliedMessageTime: m.GetRepliedMessageTime(),
		AttemptLog: m.GetAttemptLog(), AlsoAnswers: m.GetAlsoAnswers(), NoAnswer: m.GetNoAnswer(), NoAnswerTo: m.GetNoAnswerTo(),
		Edits: m.GetEdits(),
	}
	keepUnknown(c, m)
	return c
}

// keepUnknown keeps fields of a later version.
func keepUnknown(c, m proto.Message) {
	if unknown := m.ProtoReflect().GetUnknown(); len(unknown) > 0 {
		c.ProtoReflect().SetUnknown(slices.Clone(unknown))
	}
}
