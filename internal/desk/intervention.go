package desk

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// InterventionFacts are what a staff member's message stands in.
type InterventionFacts struct {
	// Understanding of the message.
	Understanding *flowdeskv1.Understanding
	// Mentioned are the users whom the message mentions.
	Mentioned []string
	// MentionsOthers is true when it mentions others: staff, operators, robots.
	MentionsOthers bool
	// MentionsAll is true when it is addressed to everyone.
	MentionsAll bool
	// AfterColleague is true when the message before it came from staff or an operator.
	AfterColleague bool
	// Asking are the users with a question that nobody has answered, or for whom a reply of the robot is under way.
	Asking []string
	// Recent is the user who spoke last, within the pause; empty when none did.
	Recent string
	// Ignored is true when the message says only what the flow's author does not count.
	Ignored bool
	// NotMention, NotAsking and NotRecent are true where a mention, words while somebody waits, and words after a user spoke take nothing over.
	NotMention, NotAsking, NotRecent bool
	// Own are the users whose conversation this person holds already; the empty name is the whole group.
	Own []string
}

// InterventionJudgement says whose conversations a staff member holds with a message.
type InterventionJudgement struct {
	// Users whose conversations the person takes over or keeps; the empty name is the whole group. None means no intervention.
	Users []string
	// Reason in words.
	Reason string
}

// JudgeIntervention finds whose conversations a staff member takes over by speaking. Whoever is mentioned is taken over. Without a mention the
// message belongs to those who wait for an answer, else to the user who spoke last: a greeting (您好，我来看看) said then is an answer, and the
// robot must not talk into it; said to nobody (大家早上好, with no conversation open) it is none. What the person holds already goes on. A word
// to colleagues, a 收到 right after one of theirs, and an announcement to everyone take over nothing.
func JudgeIntervention(f InterventionFacts) InterventionJudgement {
	switch {
	case f.Ignored:
		return InterventionJudgement{Reason: "配置为不算介入的话"}
	case len(f.Mentioned) > 0 && f.NotMention:
		return InterventionJudgement{Reason: "配置为 @ 用户不算介入"}
	case len(f.Mentioned) > 0:
		return InterventionJudgement{f.Mentioned, "工作人员 @ 了用户"}
	case f.MentionsAll:
		return InterventionJudgement{Reason: "面向所有人的公告"}
	case f.MentionsOthers:
		return InterventionJudgement{Reason: "消息是对同事或机器人说的"}
	case f.AfterColleague && f.Understanding.GetResponse():
		return InterventionJudgement{Reason: "对同事的应答"}
	}
	var j InterventionJudgement
	if !f.NotAsking {
		j = InterventionJudgement{Users: slices.Clone(f.Asking), Reason: "工作人员回复了等待中的用户"}
	}
	if len(f.Asking) == 0 && f.Recent != "" && !f.NotRecent {
		j = InterventionJudgement{[]string{f.Recent}, "工作人员回复了刚发言的用户"}
	}
	if len(j.Users) == 0 && len(f.Own) > 0 {
		j.Reason = "工作人员继续处理"
	}
	for _, user := range f.Own {
		if !slices.Contains(j.Users, user) {
			j.Users = append(j.Users, user)
		}
	}
	if len(j.Users) == 0 {
		j.Reason = "没有进行中的用户会话"
	}
	return j
}
