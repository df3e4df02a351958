package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
	"github.com/flowdesk/flowdesk/storage"
)

// unsure is a batch of which it is not known whether it is stored. Until it is, nothing else is committed: a turn after one that stands must not
// be applied before it, and one after a turn that does not stand would be lost.
type unsure struct {
	flights    []*flight
	notes      []*note
	delivering []*note
	keeps      []*job
	lookAt     time.Time // not looked at again before
}

// errUnsure refuses what comes while a commit is of unknown outcome.
var errUnsure = fmt.Errorf("an earlier commit is not cleared up: %w", storage.ErrUnavailable)

// clearUpPause is the wait between two looks at a store that does not say what it has.
const clearUpPause = 200 * time.Millisecond

// clearUp finds out what became of a commit of unknown outcome, if there is one. At the end it is
// given up: the next start reads what is stored.
func (c *committer) clearUp(end bool) {
	if c.unsure == nil {
		return
	}
	u := c.unsure
	if !end && time.Now().Before(u.lookAt) {
		return
	}
	result, stored, err := c.look(u)
	switch {
	case err != nil && !end:
		u.lookAt = time.Now().Add(clearUpPause)
		c.runner.later(clearUpPause, c.ring)
		return
	case err != nil:
		c.kept(u.keeps, fmt.Errorf("%w: %w", storage.ErrUnknown, err))
		c.refused(u.flights, u.notes, fmt.Errorf("%w: %w", storage.ErrUnknown, err))
	case stored:
		c.kept(u.keeps, nil)
		c.accepted(u.flights, u.notes, u.delivering, result)
		c.runner.commit.Add(1)
	default:
		if c.runner.shares != nil {
			c.recheck(u.keeps)
		} else {
			c.putBack(u.keeps, true) // they may be stored all the same, when every turn lost
		}
		c.refused(u.flights, u.notes, fmt.Errorf("not committed: %w", storage.ErrUnavailable))
	}
	c.unsure = nil
}

// look reads what became of a batch.
func (c *committer) look(u *unsure) (*storage.BatchResult, bool, error) {
	if err := failpoint.Before("runner.clearup.before", storage.ErrUnavailable); err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.runner.ctx), loadWithin)
	defer cancel()
	result, stored, err := c.found(ctx, u)
	return result, stored, failpoint.Over(err, "runner.clearup.after", storage.ErrUnavailable)
}

// found reads whether a batch is stored, and what lost in it. Of a batch in which everything lost it says that it is not, which comes to the same.
func (c *committer) found(ctx context.Context, u *unsure) (result *storage.BatchResult, stored bool, err error) {
	result = &storage.BatchResult{}
	for i, f := range u.flights {
		there, err := c.hasTurn(ctx, f)
		if err != nil {
			return nil, false, err
		}
		if !there {
			result.LostTurns = append(result.LostTurns, i)
			continue
		}
		stored = true
		if err := c.foundCommands(ctx, i, f, result); err != nil {
			return nil, false, err
		}
	}
	for i, n := range u.delivering {
		command, err := c.command(ctx, n.delivery.Command)
		if err != nil {
			return nil, false, err
		}
		if command.GetState() == n.delivery.State && command.GetAttempts() == n.delivery.Attempts {
			stored = true
		} else {
			result.LostDeliveries = append(result.LostDeliveries, i)
		}
	}
	return result, stored, nil
}

// foundCommands reads which commands of a stored turn were left out, and which of its cancels and changes of texts came too late.
func (c *committer) foundCommands(ctx context.Context, turn int, f *flight, result *storage.BatchResult) error {
	for _, command := range f.write.Commands {
		there, err := c.command(ctx, command.GetId())
		if err != nil {
			return err
		}
		if there == nil {
			result.LeftOut = append(result.LeftOut, storage.CommandLeftOut{Turn: turn, Command: command.GetId()})
		}
	}
	for _, cancel := range f.write.Cancels {
		there, err := c.command(ctx, cancel.GetCommand())
		if err != nil {
			return err
		}
		if there.GetState() != cancel.GetState() {
			result.LateCancels = append(result.LateCancels, storage.CommandCancel{Session: f.write.Session, Command: cancel.GetCommand()})
		}
	}
	for _, e := range f.write.Edits {
		there, err := c.command(ctx, e.GetCommand())
		if err != nil {
			return err
		}
		event := e.GetEdit().GetEvent()
		if !slices.ContainsFunc(there.GetEdits(), func(made *flowdeskv1.CommandEdit) bool { return made.GetEvent() == event }) {
			result.LateEdits = append(result.LateEdits, storage.CommandEdit{Session: f.write.Session, Command: e.GetCommand(), Event: event})
		}
	}
	return nil
}

// command reads a command; nil when there is none.
func (c *committer) command(ctx context.Context, id string) (*flowdeskv1.Command, error) {
	command, err := c.runner.store.GetCommand(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil //nolint:nilnil // none is an answer
	}
	return command, err
}

// hasTurn reads whether a turn is stored.
func (c *committer) hasTurn(ctx context.Context, f *flight) (bool, error) {
	data, err := c.runner.store.GetTurn(ctx, f.write.Session, f.write.Expect)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return slices.Equal(data, written(f.turn, nil)) || sameEvent(data, f), nil
}

func sameEvent(data []byte, f *flight) bool {
	turn := &flowdeskv1.Turn{}
	return proto.Unmarshal(data, turn) == nil && turn.GetEvent().GetId() == f.job.event.GetId()
}
