package bunstore

import (
	"context"
	"slices"

	"github.com/flowdesk/flowdesk/storage"
)

// Commit implements storage.Committer. It is the hot path: everything a turn of any session does goes through here, many turns at once.
//
// The work has an order that does not depend on the turns: first the leases are held and the sessions are moved, which decides the winners;
// then the rows of the winners are inserted, table by table; then rows of earlier turns are changed; deliveries of commands come last,
// because a command may have been enqueued in this very batch.
func (s *Store) Commit(ctx context.Context, batch *storage.Batch) (*storage.BatchResult, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	s.hot.Lock()
	defer s.hot.Unlock()
	result := &storage.BatchResult{}
	if err := s.dialect.Commits.Transact(ctx, func(run Run) error {
		*result = storage.BatchResult{}
		return s.hot.batch(run, batch, result)
	}); err != nil {
		return nil, s.fail("commit", err)
	}
	if s.dialect.Committed != nil {
		s.dialect.Committed(len(batch.Turns) + len(batch.Deliveries) + len(batch.Inbox))
	}
	return result, nil
}

func (h *hot) batch(run Run, batch *storage.Batch, result *storage.BatchResult) error {
	h.begin(batch.Fences)
	won, err := h.sessions(run, batch, result)
	if err != nil {
		return err
	}
	for i, w := range batch.Turns {
		if won[i] {
			h.insertions(w)
		}
	}
	for _, e := range batch.Environments {
		h.environments.add(text(e.Digest), h.pack(e.Data))
	}
	for _, e := range batch.Inbox {
		h.waiting(e)
	}
	for _, q := range batch.Quarantine {
		h.quarantine.replace(q.Event.GetId(), q.Event.GetId(), text(q.Reason), int64(q.Tries), micros(q.Time), h.pack(encode(q.Event)))
	}
	for i, w := range batch.Turns {
		if won[i] {
			h.changes(w)
		}
	}
	for _, q := range batch.Quarantine {
		h.queues.add(inboxDelete, q.Event.GetId(), q.Event.GetId())
	}
	for _, i := range result.Repeated {
		if w := batch.Turns[i]; w.FromInbox {
			h.queues.add(inboxDelete, w.Event, w.Event)
		}
	}
	for _, d := range batch.Deliveries {
		if d.Session != "" && slices.Contains(result.LostLeases, storage.Partition(d.Session)) {
			h.delivered = append(h.delivered, delivered{delivery: d})
			continue
		}
		h.deliver(d)
	}
	h.logged(batch, won)
	steps := make([]*Step, 0, len(h.inserted)+8)
	for _, r := range h.inserted {
		if len(r.step.Values) > 0 {
			steps = append(steps, &r.step)
		}
	}
	for _, list := range h.changeLists() {
		steps = list.steps(steps)
	}
	if err := run(steps...); err != nil {
		return err
	}
	if h.commands.step.Changed != h.commands.count() {
		if err := leftOut(run, batch.Turns, won, result); err != nil {
			return err
		}
	}
	return h.settled(run, batch, result)
}

// settled names the cancels, changes of text and deliveries that came too late, and stores the attempts of the others.
func (h *hot) settled(run Run, batch *storage.Batch, result *storage.BatchResult) error {
	ofTurns := len(h.delivered) - len(batch.Deliveries)
	for i, d := range h.delivered {
		switch hit := d.change.step != nil && d.change.hit(); {
		case hit && d.delivery.Attempt != nil:
			h.attempt(d.delivery)
		case !hit && i >= ofTurns:
			result.LostDeliveries = append(result.LostDeliveries, i-ofTurns)
		}
	}
	for _, c := range h.cancelled {
		if !c.change.hit() {
			result.LateCancels = append(result.LateCancels, c.cancel)
		}
	}
	for _, e := range h.edited {
		if !e.change.hit() {
			result.LateEdits = append(result.LateEdits, e.edit)
		}
	}
	if len(h.attempts.step.Values) == 0 {
		return nil
	}
	return run(&h.attempts.step)
}

var commandByKey = changing(Look, "robot_command_queue", "id", "instance = ?text AND key = ?text")

// leftOut names the commands of winners that were not enqueued because their key was taken. It is asked only when the counts differ.
func leftOut(run Run, turns []*storage.TurnWrite, won []bool, result *storage.BatchResult) error {
	look := &Step{Statement: commandByKey}
	for i, w := range turns {
		if won[i] {
			for _, c := range w.Commands {
				look.Values = append(look.Values, clean(c.GetInstance()), clean(c.GetKey()))
			}
		}
	}
	if err := run(look); err != nil {
		return err
	}
	at := 0
	for i, w := range turns {
		if !won[i] {
			continue
		}
		for _, c := range w.Commands {
			if known := look.Found[at]; known != c.GetId() {
				result.LeftOut = append(result.LeftOut, storage.CommandLeftOut{Turn: i, Command: c.GetId(), Known: known})
			}
			at++
		}
	}
	return nil
}
