package nodes

import (
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// addressee is a person to whom a message speaks.
type addressee struct {
	participant string
	name        string
	role        flowdeskv1.Role
}

// addressed is to whom a message speaks by its mentions.
type addressed struct {
	users    []addressee
	operator bool // an operator is mentioned
	staff    bool // a colleague is mentioned
	robot    bool // one of our robots is mentioned
	everyone bool
}

// others reports whether people are mentioned who are no users.
func (a addressed) others() bool { return a.operator || a.staff }

// addressedBy finds out whom a message mentions.
func addressedBy(run *engine.Run, m *flowdeskv1.MessageEvent) addressed {
	var found addressed
	var known roll
	for _, name := range wholeNames(run, m.GetRawText(), m.GetMentions()) {
		if desk.IsEveryone(name) {
			found.everyone = true
			continue
		}
		who := known.named(run, name)
		switch who.role {
		case flowdeskv1.Role_ROLE_OPERATOR:
			found.operator = true
		case flowdeskv1.Role_ROLE_GROUP_ASSISTANT, flowdeskv1.Role_ROLE_AFTER_SALES:
			found.staff = true
		case flowdeskv1.Role_ROLE_ROBOT:
			found.robot = true
		default:
			if !slices.ContainsFunc(found.users, func(u addressee) bool { return u.participant == who.participant }) {
				found.users = append(found.users, who)
			}
		}
	}
	return found
}

// rolePatterns are the name patterns by which the instance's flow identifies senders.
func rolePatterns(run *engine.Run) []*flowdeskv1.RolePattern {
	if run.Program() == nil {
		return nil
	}
	for _, n := range run.Program().Nodes {
		if identify, ok := n.Config.(*flowdeskv1.SenderIdentify); ok {
			return identify.GetPatterns()
		}
	}
	return nil
}

// callsUs reports whether a message is said to one of our robots, whichever of them reported it.
func callsUs(run *engine.Run) bool {
	m := run.Message()
	return m.GetAtMe() || slices.ContainsFunc(wholeNames(run, m.GetRawText(), m.GetMentions()), func(name string) bool {
		return engine.Prepared[*prepared](run).directory.Robot(name) != nil
	})
}

// ownWordsOf is a text without mentions where it is that of the run's message; what an author wrote as an expression stays as it is.
func ownWordsOf(run *engine.Run, text string) string {
	if m := run.Message(); m != nil && text == m.GetText() {
		return withoutMentions(run, m)
	}
	return text
}

// usersNamedIn are the users of the session whose names a text holds. Names of one character say too little, and a name inside a longer one (张三 in
// 张三丰) was not said.
func usersNamedIn(run *engine.Run, text string) []addressee {
	var found []addressee
	text = desk.FoldName(text)
	for _, p := range run.State().GetParticipants() {
		name := desk.FoldName(p.GetName())
		if p.GetRole() == flowdeskv1.Role_ROLE_USER && len([]rune(name)) > 1 && strings.Contains(text, name) {
			found = append(found, addressee{p.GetId(), p.GetName(), p.GetRole()})
		}
	}
	if len(found) < 2 {
		return found
	}
	longestFirst := slices.Clone(found)
	slices.SortStableFunc(longestFirst, func(a, b addressee) int { return len(desk.FoldName(b.name)) - len(desk.FoldName(a.name)) })
	var inside []string
	for _, u := range longestFirst {
		if name := desk.FoldName(u.name); strings.Contains(text, name) {
			text = strings.ReplaceAll(text, name, "｜")
		} else {
			inside = append(inside, u.participant)
		}
	}
	return slices.DeleteFunc(found, func(u addressee) bool { return slices.Contains(inside, u.participant) })
}

// lastSpeaker is the newest utterance before the run's message that fits and is not our robots', nil when there is none.
func lastSpeaker(run *engine.Run, fits func(*flowdeskv1.Utterance) bool) *flowdeskv1.Utterance {
	for _, u := range slices.Backward(run.State().GetContext()) {
		if u.GetMessage() == run.MessageID() || u.GetWithdrawn() || u.GetRole() == flowdeskv1.Role_ROLE_ROBOT {
			continue
		}
		if fits(u) {
			return u
		}
	}
	return nil
}

func saidByUser(u *flowdeskv1.Utterance) bool { return u.GetRole() == flowdeskv1.Role_ROLE_USER }
