package nodes

import (
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// factMediated is the fact of a participant that says when a conflict with them was last mediated.
const factMediated = "mediated_at"

// mediate raises the alert of a conflict, which stays open until a person resolves it, and once in the quiet period says the mediation text in the
// group and tells the staff. While a person holds the conversation the robot stays silent.
func mediate(run *engine.Run, cfg *flowdeskv1.ConflictDetect, users []addressee, out conflictOut) error {
	who, lately := users[0], mediatedLately(run, users[0].participant, cfg.GetQuietPeriod().AsDuration())
	if !lately {
		for _, user := range users {
			rememberMediation(run, user)
		}
	}
	facts := alertFacts{
		level: flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, category: flowdeskv1.AlertCategory_ALERT_CATEGORY_CONFLICT,
		text: "冲突调和中：" + out.GetReason() + "：" + run.Message().GetText(), participant: who.participant, message: run.MessageID(),
	}
	if len(out.GetTasks()) > 0 {
		facts.task = out.GetTasks()[0]
	}
	alert, _ := raiseAlert(run, facts)
	run.RecordFact(&flowdeskv1.Fact{
		Name: "conflict", Subject: who.participant, Value: out.GetSentiment(), Task: facts.task, Values: []*flowdeskv1.NamedValue{
			{Name: "speaker", Value: run.Sender()}, {Name: "signals", Value: strings.Join(out.GetSignals(), ",")}, {Name: "alert", Value: alert},
		},
	})
	if lately {
		run.Note("冲突刚刚调和过，不重复调和")
		return nil
	}
	tellStaff(run, who.participant, "冲突调和中："+out.GetReason(), run.Message().GetText())
	if held := run.State().Held(who.participant); held != nil {
		run.Note("机器人不调和：%s 已接手该会话", held.GetName())
		return nil
	}
	text, err := run.Text(cfg, "mediation_text", cfg.GetMediationText(), "nickname", who.name)
	if err != nil {
		return err
	}
	speak(run, speech{
		text: text, user: who.participant, name: who.name, purpose: "mediation", priority: flowdeskv1.Priority_PRIORITY_HIGH, operator: true, retries: 3,
		backoff: defaultBackoff,
	})
	return nil
}

// mediatedLately reports whether a conflict with a participant was mediated within the quiet period.
func mediatedLately(run *engine.Run, participant string, quiet time.Duration) bool {
	for _, f := range run.State().Participant(participant).GetFacts() {
		if f.GetName() != factMediated {
			continue
		}
		at, err := time.Parse(time.RFC3339, f.GetValue())
		return err == nil && run.Now().Sub(at) < quiet
	}
	return false
}

// rememberMediation keeps when a conflict with a participant was mediated; of one who never spoke the name and role too.
func rememberMediation(run *engine.Run, who addressee) {
	run.EditParticipant(who.participant, func(p *flowdeskv1.Participant) {
		if p.GetName() == "" {
			p.Name, p.Role = who.name, who.role
		}
		p.Facts = setFact(p.GetFacts(), &flowdeskv1.NamedValue{Name: factMediated, Value: run.Now().UTC().Format(time.RFC3339)})
	})
}
