package outbox

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Prove takes the report of a robot that heard one of our commands: a doubtful send is thereby done. That of a command that another replica has
// goes there. It returns at once.
func (o *Outbox) Prove(echo *flowdeskv1.EchoHeard) {
	if o.prove(echo) || !o.shared() {
		return
	}
	select {
	case o.notes.proofs <- echo:
	default: // it costs time: the command's result is looked up
	}
}

// prove reports whether the command is known here.
func (o *Outbox) prove(echo *flowdeskv1.EchoHeard) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.entries[echo.GetCommand()]
	if e == nil || e.lost {
		return false
	}
	if e.waits() {
		return true
	}
	if e.busy || !e.doubt && e.state != stateUnknown && e.state != stateTimeout {
		e.heard = true // its result is still expected; should it never come, this is the proof
		return true
	}
	e.busy = true
	late := e.state == stateUnknown || e.state == stateTimeout
	o.leavePhone(e)
	// Not on the goroutine of whoever proves it: that is the committer, and a session's turns must not wait for each other there.
	o.spawn(func() {
		o.finish(e, stateCompleted, Result{Success: true, Proof: "echo", Reason: "heard by " + echo.GetHeardBy()}, late)
	})
	return true
}

// proofsQueued bounds the proofs that wait to be looked at: those of some seconds.
const proofsQueued = 1000

// passProofsOn gives proofs to the replicas that have their commands. Most are of commands whose result came before: they need no note.
func (n *notes) passProofsOn() {
	o := n.outbox
	for {
		var echo *flowdeskv1.EchoHeard
		select {
		case <-o.ctx.Done():
			return
		case echo = <-n.proofs:
		}
		command, err := o.store.GetCommand(o.ctx, echo.GetCommand())
		if err != nil || !o.foreign(command) { // what proves nothing that is stored is a person's words, or the store is away
			continue
		}
		switch command.GetState() { //nolint:exhaustive // the others are settled, or have not left
		case stateSending, stateSent, stateTimeout, stateUnknown:
			n.post(note{Proved: echo.GetCommand(), HeardBy: echo.GetHeardBy()})
		}
	}
}
