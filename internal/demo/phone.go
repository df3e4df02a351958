package demo

import (
	"context"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/storage"
)

// How phones take to their work.
const (
	phoneTakes = 4 * time.Second // for a text, and up to as much again
	failOneIn  = 90              // commands that the platform refuses
	doubtOneIn = 220             // commands of which no result ever comes
	doubtAfter = 5 * time.Minute
)

// phones is the outbox of the week: it carries commands out in virtual time. A command that waited is asked about again before it leaves, as the
// real outbox does.
type phones struct {
	history *history

	mu    sync.Mutex
	state map[string]*phoneCommand
}

type phoneCommand struct {
	command *flowdeskv1.Command
	gone    bool // withdrawn or settled
}

func newPhones(h *history) *phones { return &phones{history: h, state: make(map[string]*phoneCommand)} }

// Claim implements runner.Outbox.
func (p *phones) Claim(*flowdeskv1.Command) {}

// Unclaim implements runner.Outbox.
func (p *phones) Unclaim(*flowdeskv1.Command) {}

// Prove implements runner.Outbox.
func (p *phones) Prove(*flowdeskv1.EchoHeard) {}

// Order implements runner.Outbox.
func (p *phones) Order(*flowdeskv1.CommandOrder) {}

// ByHand implements runner.Outbox: nobody acts by hand in the week.
func (p *phones) ByHand(context.Context, *flowdeskv1.CommandOrder) error { return nil }

// Add implements runner.Outbox.
func (p *phones) Add(command *flowdeskv1.Command) {
	p.mu.Lock()
	c := &phoneCommand{command: command}
	p.state[command.GetId()] = c
	p.mu.Unlock()
	if command.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED {
		p.history.at(command.GetSendTime().AsTime(), func(ctx context.Context) error { return p.ask(ctx, c) })
		return
	}
	p.carry(c, p.history.clock())
}

// Withdraw implements runner.Outbox.
func (p *phones) Withdraw(command string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.state[command]; c != nil {
		c.gone = true
	}
}

// Edit implements runner.Outbox: nobody changes a text in the week.
func (p *phones) Edit(*flowdeskv1.EditCommand) {}

// Release implements runner.Outbox.
func (p *phones) Release(command string) {
	p.mu.Lock()
	c := p.state[command]
	p.mu.Unlock()
	if c != nil {
		p.carry(c, p.history.clock())
	}
}

func (p *phones) isGone(c *phoneCommand) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return c.gone
}

// ask asks the session whether a reply is still wanted.
func (p *phones) ask(ctx context.Context, c *phoneCommand) error {
	if p.isGone(c) {
		return nil
	}
	_, err := p.history.runner.Submit(ctx, &flowdeskv1.Event{
		Session: c.command.GetSession(), Source: "queue", Trace: c.command.GetTrace(), Causes: c.command.GetCauses(),
		Payload: &flowdeskv1.Event_CommandDue{CommandDue: &flowdeskv1.CommandDue{Command: c.command.GetId()}},
	})
	return err
}

// carry plans the result of a command that leaves at a time.
func (p *phones) carry(c *phoneCommand, leaves time.Time) {
	chance := engine.Digest("phone", c.command.GetId())
	result := &flowdeskv1.CommandResult{
		Command: c.command.GetId(), State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, Attempts: 1, Robot: p.robot(c.command),
	}
	done, proof := leaves.Add(phoneTakes+time.Duration(chance%uint64(phoneTakes))), "callback"
	switch {
	case chance%failOneIn == 7:
		result.State, result.ErrorCode, result.Reason, proof = flowdeskv1.CommandState_COMMAND_STATE_FAILED, 102, "群聊中找不到该成员", "callback"
	case chance%doubtOneIn == 3:
		result.State, result.Reason, proof = flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, "期限内没有结果，平台也查不到", ""
		done = leaves.Add(doubtAfter)
	}
	p.history.at(done, func(ctx context.Context) error { return p.settle(ctx, c, result, leaves, proof) })
}

// settle tells the session how a command ended; the delivery state commits with that turn.
func (p *phones) settle(ctx context.Context, c *phoneCommand, result *flowdeskv1.CommandResult, sent time.Time, proof string) error {
	if p.isGone(c) {
		return nil
	}
	p.Withdraw(c.command.GetId())
	now := p.history.clock()
	result.DoneAt = engine.Timestamp(now)
	delivery := &storage.Delivery{
		Command: result.GetCommand(), FromAttempts: -1, State: result.GetState(), Robot: result.GetRobot(), Attempts: 1, ErrorCode: result.GetErrorCode(),
		From:   []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_DELAYED},
		Reason: result.GetReason(), SentTime: sent, DoneTime: now,
		Attempt: &flowdeskv1.CommandAttempt{
			Number: 1, Robot: result.GetRobot(), SentTime: engine.Timestamp(sent), State: result.GetState(), ErrorCode: result.GetErrorCode(),
			Reason: result.GetReason(), DoneTime: engine.Timestamp(now), Proof: proof,
		},
	}
	ended := make(chan error, 1)
	err := p.history.runner.SubmitWith(&flowdeskv1.Event{
		Session: c.command.GetSession(), Source: "queue", Trace: c.command.GetTrace(), Causes: c.command.GetCauses(),
		Payload: &flowdeskv1.Event_CommandResult{CommandResult: result},
	}, []*storage.Delivery{delivery}, func(_ *flowdeskv1.Turn, err error) { ended <- err })
	if err != nil {
		return err
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// robot is the robot that carries a command.
func (p *phones) robot(command *flowdeskv1.Command) string {
	if command.GetRobot() != "" {
		return command.GetRobot()
	}
	env := p.history.runner.Env()
	if able := desk.Candidates(env.GetRobots(), env.Group(command.GetTargetSession()), command.GetDuty()); len(able) > 0 {
		return able[0]
	}
	return ""
}
