package nodes

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// noticeTimeout bounds a notice to an outside channel.
const noticeTimeout = 10 * time.Second

// notify tells each target a text, by the notify robot or an outside channel, and gives the robot's commands. A target that nobody configured
// is noted in the trace.
func notify(run *engine.Run, targets []*flowdeskv1.NoticeTarget, text, purpose string) (commands []string) {
	for _, target := range targets {
		if channel := target.GetChannel(); channel != "" {
			run.Ask(&flowdeskv1.Call{
				Kind: flowdeskv1.CallKind_CALL_KIND_NOTICE, Effectful: true, Timeout: durationpb.New(noticeTimeout),
				Request: &flowdeskv1.Call_Notice{Notice: &flowdeskv1.NoticeCall{Channel: channel, Title: purpose, Text: text}},
			})
			continue
		}
		sessions := noticeSessions(run, target)
		if len(sessions) == 0 {
			run.Note("nobody is configured to hear the notice (%s)", purpose)
		}
		for _, session := range sessions {
			c, _ := speak(run, speech{
				text: text, session: session, purpose: purpose, duty: flowdeskv1.Duty_DUTY_NOTIFY, priority: flowdeskv1.Priority_PRIORITY_HIGH, retries: 3,
				backoff: 10 * time.Second,
			})
			if c != nil {
				commands = append(commands, c.GetId())
			}
		}
	}
	return commands
}

// toStaffGroup is the staff group of the run's group.
func toStaffGroup() []*flowdeskv1.NoticeTarget {
	return []*flowdeskv1.NoticeTarget{{Target: &flowdeskv1.NoticeTarget_StaffGroup{StaffGroup: true}}}
}

// noticeSessions are the chats in which a target is told things.
func noticeSessions(run *engine.Run, target *flowdeskv1.NoticeTarget) []string {
	settings := run.Settings()
	switch t := target.GetTarget().(type) {
	case *flowdeskv1.NoticeTarget_StaffGroup:
		if g := run.Env().Group(run.State().GetId()); g.GetStaffGroup() != "" {
			return []string{g.GetStaffGroup()}
		}
		return nonEmpty(settings.GetStaffGroup())
	case *flowdeskv1.NoticeTarget_Management:
		sessions := nonEmpty(settings.GetManagementGroup())
		for _, p := range run.Env().GetPeople() {
			if p.GetManagement() && p.GetDirectSession() != "" {
				sessions = append(sessions, p.GetDirectSession())
			}
		}
		return sessions
	case *flowdeskv1.NoticeTarget_Person:
		return nonEmpty(run.Env().Person(t.Person).GetDirectSession())
	case *flowdeskv1.NoticeTarget_Session:
		return nonEmpty(t.Session)
	default:
		return nil
	}
}

func nonEmpty(session string) []string {
	if session == "" {
		return nil
	}
	return []string{session}
}

// tellStaff tells the staff group of work that fell to a person.
func tellStaff(run *engine.Run, participant, reason, text string) {
	notify(run, toStaffGroup(),
		run.Render(run.Settings().GetPersonText(), "group", groupTitle(run), "nickname", nickname(run, participant), "reason", reason, "text", glimpse(text)), "person")
}

// maxGlimpse is how much of a message a notice shows, in characters; who wants more looks at the conversation.
const maxGlimpse = 200

// glimpse is the beginning of a text.
func glimpse(text string) string {
	characters := []rune(text)
	if len(characters) <= maxGlimpse {
		return text
	}
	return string(characters[:maxGlimpse]) + "…"
}
