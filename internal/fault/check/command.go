package check

import (
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
)

const (
	completed = flowdeskv1.CommandState_COMMAND_STATE_COMPLETED
	sending   = flowdeskv1.CommandState_COMMAND_STATE_SENDING
	failed    = flowdeskv1.CommandState_COMMAND_STATE_FAILED
	unknown   = flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN
	timeout   = flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT
)

// command is a robot command with its attempts.
type command struct {
	id       string
	row      commandRow
	state    flowdeskv1.CommandState
	attempts []attemptRow
	tokens   []ledger.Token
	text     string
	retries  int32
}

// allowed is how often the platform may have accepted the command: once for each attempt of which it is not recorded that it surely was not.
func (c *command) allowed() int {
	n := int(c.row.Attempts)
	for _, a := range c.attempts {
		if flowdeskv1.CommandState(a.State) == failed && deref(a.ID) == "" {
			n--
		}
	}
	return n
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// sends: invariants 4 and 8.
func (j *judge) sends() {
	for _, c := range j.commands {
		for i, a := range c.attempts {
			last := a.Number == c.row.Attempts
			if i+1 != int(a.Number) {
				j.breaks(8, "command %s has attempt %d at place %d", c.id, a.Number, i+1)
			}
			if !last && (flowdeskv1.CommandState(a.State) != failed || deref(a.Proof) == "") {
				j.breaks(8, "attempt %d of command %s was followed by another without proof that it failed", a.Number, c.id)
			}
		}
		if int(c.row.Attempts)-1 > len(c.attempts) {
			j.breaks(8, "command %s had %d attempts, %d are recorded", c.id, c.row.Attempts, len(c.attempts))
		}
		switch c.state { //nolint:exhaustive // the others promise nothing
		case sending:
			if j.Drained {
				j.Stuck++
				j.breaks(4, "command %s is being sent still", c.id)
			}
		case unknown, timeout:
			j.Unknown++
			if !j.hasTask(c.id) && len(c.tokens) > 0 {
				j.breaks(4, "command %s is %s, and nobody was told", c.id, c.state)
			}
		}
	}
}

func (j *judge) hasTask(command string) bool {
	for _, t := range j.tasks {
		if t.GetCommand() == command {
			return true
		}
	}
	return false
}
