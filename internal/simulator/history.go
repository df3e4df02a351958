package simulator

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// taken is a step that was taken, and when it began.
type taken struct {
	step *flowdeskv1.CaseStep
	at   time.Time
}

// take remembers a step, so that the simulation can be played again. A step that only expects is none.
func (w *world) take(step *flowdeskv1.CaseStep) {
	if step.GetAction() == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, taken{proto.CloneOf(step), w.clock.Now()})
}

// forget drops the step that was taken last.
func (w *world) forget(step *flowdeskv1.CaseStep) {
	if step.GetAction() == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = w.steps[:len(w.steps)-1]
}

// join adds time that goes by to the step before, when that let time go by too, and reports whether it did. Going on by two spans one after
// the other is going on by both: what falls due on the way does so in the same order.
func (w *world) join(step *flowdeskv1.CaseStep) bool {
	by := step.GetAdvance().GetBy()
	if by == nil {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.steps) == 0 {
		return false
	}
	before := w.steps[len(w.steps)-1].step.GetAdvance().GetBy()
	if before == nil || before.AsDuration()+by.AsDuration() > maxAhead {
		return false
	}
	proto.Reset(before)
	proto.Merge(before, durationpb.New(w.clock.Now().Add(by.AsDuration()).Sub(w.steps[len(w.steps)-1].at)))
	return true
}

// played are the first steps that were played.
func (w *world) played(n int) []*flowdeskv1.CaseStep {
	w.mu.Lock()
	defer w.mu.Unlock()
	var steps []*flowdeskv1.CaseStep
	for _, t := range w.steps[:min(n, len(w.steps))] {
		steps = append(steps, proto.CloneOf(t.step))
	}
	return steps
}

// history are the last steps in words.
func (w *world) history() []*flowdeskv1.SimulatedStep {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []*flowdeskv1.SimulatedStep
	first := max(0, len(w.steps)-maxSteps)
	for i, t := range w.steps[first:] {
		all = append(all, &flowdeskv1.SimulatedStep{Number: int32(first + i + 1), Time: engine.Timestamp(t.at), Text: w.stepWords(t.step)})
	}
	return all
}

// stepWords says what a step does.
func (w *world) stepWords(step *flowdeskv1.CaseStep) *flowdeskv1.Text {
	words := func(zh, en string, values ...any) *flowdeskv1.Text {
		return &flowdeskv1.Text{Zh: fmt.Sprintf(zh, values...), En: fmt.Sprintf(en, values...)}
	}
	switch a := step.GetAction().(type) {
	case *flowdeskv1.CaseStep_Say:
		return words("%s：%s", "%s: %s", a.Say.GetPerson(), a.Say.GetText())
	case *flowdeskv1.CaseStep_Advance:
		return w.advanceWords(a.Advance)
	case *flowdeskv1.CaseStep_Robot:
		return labelled(w.robotName(a.Robot.GetId()), a.Robot.GetMode())
	case *flowdeskv1.CaseStep_Person:
		return labelled(a.Person.GetTitle(), a.Person.GetRole(), a.Person.GetPresence())
	case *flowdeskv1.CaseStep_Answer:
		return words("给节点 %s 定下回答", "an answer for node %s", a.Answer.GetNode())
	case *flowdeskv1.CaseStep_Withdraw:
		return words("%s 撤回了一句话", "%s takes a line back", a.Withdraw.GetPerson())
	case *flowdeskv1.CaseStep_Burst:
		return words("%d 条消息涌入 %d 个群", "%d messages in %d groups", a.Burst.GetMessages(), a.Burst.GetGroups())
	case *flowdeskv1.CaseStep_Order:
		if a.Order.GetText() != "" {
			return words("把一条指令改成：%s", "a command is to say: %s", a.Order.GetText())
		}
		switch a.Order.GetAction() {
		case flowdeskv1.CommandAction_COMMAND_ACTION_SEND_NOW:
			return words("立即发送一条指令", "a command is sent at once")
		case flowdeskv1.CommandAction_COMMAND_ACTION_RETRY:
			return words("重发一条指令", "a command is sent again")
		default:
			return words("取消一条指令", "a command is cancelled")
		}
	default:
		return &flowdeskv1.Text{}
	}
}

// advanceWords says how time goes by.
func (w *world) advanceWords(a *flowdeskv1.AdvanceStep) *flowdeskv1.Text {
	switch way := a.GetWay().(type) {
	case *flowdeskv1.AdvanceStep_By:
		by := way.By.AsDuration().String()
		return &flowdeskv1.Text{Zh: "过了 " + by, En: by + " go by"}
	case *flowdeskv1.AdvanceStep_Clock:
		return &flowdeskv1.Text{Zh: "到 " + way.Clock, En: "until " + way.Clock}
	case *flowdeskv1.AdvanceStep_To:
		at := way.To.AsTime().In(w.zone).Format("2006-01-02 15:04:05")
		return &flowdeskv1.Text{Zh: "到 " + at, En: "until " + at}
	default:
		return &flowdeskv1.Text{Zh: fmt.Sprintf("到下一个定时（%d 次）", a.GetNext()), En: fmt.Sprintf("to the next timer (%d)", a.GetNext())}
	}
}

// robotName is what a robot is called in the chat.
func (w *world) robotName(robot string) string {
	for _, r := range w.setup.GetRobots() {
		if r.GetId() == robot {
			return r.GetTitle()
		}
	}
	return robot
}

// labelled is a name with the labels of enum values that are set.
func labelled(name string, values ...protoreflect.Enum) *flowdeskv1.Text {
	t := &flowdeskv1.Text{Zh: name, En: name}
	for _, v := range values {
		if v.Number() == 0 {
			continue
		}
		label := desk.Label(v)
		t.Zh, t.En = t.GetZh()+"，"+label.GetZh(), t.GetEn()+", "+label.GetEn()
	}
	return t
}
