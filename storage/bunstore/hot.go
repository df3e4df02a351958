package bunstore

import (
	"context"
	"database/sql/driver"
	"sync"

	"github.com/flowdesk/flowdesk/storage"
)

// hot is one commit at work. It is used by one commit at a time and keeps its memory and its prepared statements between them.
type hot struct {
	sync.Mutex
	prepared
	packer

	ctx       context.Context //nolint:containedctx // lives as long as one commit
	beginning *statement
	spell     func(string) string
	err       error // the first; what comes after it does nothing
	values    []driver.Value

	turns, snapshots, messages, sessionMessages, staffMessages, instances, commands, tasks, alerts, calls, inbox, facts, presence,
	environments, quarantine, requests, attempts rows
	inserted []*rows // all but attempts, in the order of their insertion
}

// rows are the rows gathered for one table.
type rows struct {
	table  *table
	values []driver.Value
	keys   map[string]int // of a table whose rows replace each other: where the row of a key begins
}

func (r *rows) count() int64 { return int64(len(r.values) / r.table.columns) }

func (r *rows) add(values ...driver.Value) { r.values = append(r.values, values...) }

// replace adds a row, or puts it in the place of the row with the same key: one statement cannot replace a row twice.
func (r *rows) replace(key string, values ...driver.Value) {
	if at, ok := r.keys[key]; ok {
		copy(r.values[at:], values)
		return
	}
	if r.keys == nil {
		r.keys = make(map[string]int)
	}
	r.keys[key] = len(r.values)
	r.values = append(r.values, values...)
}

func (r *rows) reset() {
	clear(r.values) // texts and blobs of the last commit must not live until the next
	r.values = r.values[:0]
	clear(r.keys)
}

func (h *hot) begin(ctx context.Context, s *Store) {
	if h.inserted == nil {
		h.turns.table, h.snapshots.table, h.messages.table, h.sessionMessages.table = turnsTable, snapshotsTable, messagesTable, sessionMessagesTable
		h.staffMessages.table, h.instances.table, h.commands.table, h.tasks.table = staffMessagesTable, instancesTable, commandsTable, tasksTable
		h.alerts.table, h.calls.table, h.inbox.table, h.facts.table = alertsTable, callsTable, inboxTable, factsTable
		h.presence.table, h.environments.table, h.quarantine.table, h.attempts.table = presenceTable, environmentsTable, quarantineTable, attemptsTable
		h.requests.table = requestsTable
		h.inserted = []*rows{
			&h.turns, &h.snapshots, &h.messages, &h.sessionMessages, &h.staffMessages, &h.instances, &h.tasks, &h.alerts, &h.calls,
			&h.inbox, &h.facts, &h.presence, &h.environments, &h.quarantine, &h.requests, &h.commands,
		}
		h.beginning, h.spell = &statement{s.dialect.Begin}, s.dialect.Spell
	}
	for _, r := range h.inserted {
		r.reset()
	}
	h.attempts.reset()
	h.packer.reset()
	h.ctx, h.err = ctx, nil
}

// exec runs a statement unless one before it failed, and tells how many rows it changed.
func (h *hot) exec(s *statement, values ...driver.Value) int64 {
	if h.err != nil {
		return 0
	}
	var n int64
	n, h.err = h.prepared.exec(h.ctx, s, h.spell, values)
	return n
}

// flush inserts what was gathered and tells how many commands that were.
func (h *hot) flush() (commands int64) {
	for _, r := range h.inserted {
		commands = h.insert(r) // the commands come last
	}
	return commands
}

// insert inserts the rows of one table, most at once first.
func (h *hot) insert(r *rows) (inserted int64) {
	values := r.values
	for size := insertSizes - 1; size >= 0; size-- {
		for n := r.table.columns << size; len(values) >= n; values = values[n:] {
			inserted += h.exec(r.table.sizes[size], values[:n]...)
		}
	}
	return inserted
}

var _ storage.Committer = (*Store)(nil)
