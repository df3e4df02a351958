package desk

import (
	"fmt"
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ConflictFacts are what a conflict between operator and user is found from.
type ConflictFacts struct {
	// Understanding of the message.
	Understanding *flowdeskv1.Understanding
	// Role of its sender.
	Role flowdeskv1.Role
	// WithOperator is true when the message of a user stands in an exchange with an operator: an operator's task for the user is open, or the
	// message mentions an operator. A user's quarrel with anybody else is no conflict of this kind.
	WithOperator bool
	// OperatorSentimentBelow is the sentiment below which an operator's tone is a conflict.
	OperatorSentimentBelow float64
}

// ConflictJudgement says whether there is a conflict and by what signs.
type ConflictJudgement struct {
	// Conflict is true when mediation is due.
	Conflict bool
	// Signals found: harsh_tone, complaint, and the conflict signals of the text (insult, threat, refusal, accusation, sarcasm).
	Signals []string
	// Reason in words.
	Reason string
}

// signalTexts are the words for signals.
var signalTexts = map[string]string{
	"harsh_tone": "运营语气不好",
	"complaint":  "用户抱怨或投诉",
	"conflict":   "冲突用语",
	"insult":     "辱骂",
	"threat":     "威胁",
	"refusal":    "拒绝配合",
	"accusation": "指责",
	"sarcasm":    "讽刺",
}

// JudgeConflict finds a conflict: an operator whose tone is below the threshold, a user who complains to an operator, or conflict signals of
// either.
func JudgeConflict(f ConflictFacts) ConflictJudgement {
	u := f.Understanding
	var signals []string
	switch {
	case u == nil:
		return ConflictJudgement{Reason: "消息未识别"}
	case f.Role == flowdeskv1.Role_ROLE_OPERATOR:
		if u.GetSentiment() < f.OperatorSentimentBelow {
			signals = append(signals, "harsh_tone")
		}
	case f.Role == flowdeskv1.Role_ROLE_USER && f.WithOperator:
		if u.GetIntent() == flowdeskv1.Intent_INTENT_COMPLAINT {
			signals = append(signals, "complaint")
		}
	default:
		return ConflictJudgement{Reason: "与运营无关"}
	}
	for _, s := range u.GetConflictSignals() {
		if !slices.Contains(signals, s) {
			signals = append(signals, s)
		}
	}
	if u.GetConflict() && len(u.GetConflictSignals()) == 0 {
		signals = append(signals, "conflict")
	}
	if len(signals) == 0 {
		return ConflictJudgement{Reason: "语气平和"}
	}
	words := make([]string, len(signals))
	for i, s := range signals {
		words[i] = s
		if text, ok := signalTexts[s]; ok {
			words[i] = text
		}
	}
	return ConflictJudgement{Conflict: true, Signals: signals, Reason: fmt.Sprintf("%s（情绪 %.2f）", strings.Join(words, "、"), u.GetSentiment())}
}
