package nodes

import (
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func init() { register(staffActivityRecord) }

// staffActivityRecord keeps that a staff member is active, and how long the oldest of the questions that the message answers waited for it.
// Somebody who is in no directory has no presence to record; the response time counts all the same.
func staffActivityRecord(run *engine.Run, _ *flowdeskv1.StaffActivityRecord) (*flowdeskv1.StaffActivityRecordOutput, engine.Port, error) {
	out := &flowdeskv1.StaffActivityRecordOutput{}
	if run.Message() == nil {
		return out, engine.Out, nil
	}
	out.Person = run.State().Participant(run.Sender()).GetPerson()
	person := run.Env().Person(out.GetPerson())
	if person == nil {
		run.Note("%s 不在通讯录中，不记录在线状态", run.Message().GetSenderName())
	} else {
		run.RecordPresence(&flowdeskv1.PresenceFact{Person: out.GetPerson(), ActiveAt: run.Stamp(), Session: run.State().GetId()})
		out.OpenTasks = openTasksOf(run, out.GetPerson())
		facts := desk.FactsOf(person)
		facts.LastActive, facts.OpenTasks = run.Now(), max(facts.OpenTasks, out.GetOpenTasks())
		out.Presence = desk.PresenceOf(facts, run.Settings(), run.Zone(), run.Now())
	}
	if asked := oldestQuestion(run); !asked.IsZero() {
		out.ResponseSeconds = secondsBetween(asked, run.Now())
		subject := out.GetPerson()
		if subject == "" {
			subject = run.Sender()
		}
		run.RecordFact(&flowdeskv1.Fact{Name: "response_time", Subject: subject, Value: out.GetResponseSeconds()})
	}
	return out, engine.Out, nil
}

// openTasksOf counts the tasks in this session for which a person is responsible.
func openTasksOf(run *engine.Run, person string) int32 {
	n := int32(0)
	for _, t := range run.State().GetTasks() {
		if t.GetAssignee() == person && desk.TaskOpen(t.GetState()) {
			n++
		}
	}
	return n
}

// oldestQuestion is when the question was asked that has waited longest of those that the run's message answers, zero when it answers none.
func oldestQuestion(run *engine.Run) time.Time {
	var oldest time.Time
	said := run.State().Utterance(run.MessageID())
	if said == nil {
		return oldest
	}
	users, _ := desk.Answered(staffWords(run, said))
	for _, q := range run.State().GetQuestions() {
		if at := q.GetTime().AsTime(); slices.Contains(users, q.GetParticipant()) && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest
}
