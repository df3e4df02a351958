package bunstore

import (
	"database/sql/driver"
	"sync"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// hot is one commit at work. It is used by one commit at a time and keeps its memory between them.
type hot struct {
	sync.Mutex
	packer

	created, moved rows // sessions
	turns, snapshots, messages, sessionMessages, staffMessages, instances, commands, tasks, alerts, calls, inbox, facts, presence,
	environments, quarantine, requests, log, attempts rows
	inserted []*rows // all but sessions and attempts, in the order of their insertion

	instanceChanges, messageChanges, staffChanges, queues, commandChanges changeList

	delivered []delivered
	cancelled []cancelled
	edited    []edited
	fences    map[int32]int64 // number of the lease by partition
}

// delivered is a delivery on its way; without a change its lease was lost.
type delivered struct {
	delivery *storage.Delivery
	change   place
}

// cancelled is a cancel on its way.
type cancelled struct {
	cancel storage.CommandCancel
	change place
}

// edited is a change of a text on its way.
type edited struct {
	edit   storage.CommandEdit
	change place
}

// rows are the rows gathered for one statement.
type rows struct {
	step Step
	keys map[string]int // of rows that replace each other: where the row of a key begins
}

func (r *rows) count() int64 { return int64(r.step.Rows()) }

func (r *rows) add(values ...driver.Value) { r.step.Values = append(r.step.Values, values...) }

// replace adds a row, or puts it in the place of the row with the same key: one statement cannot replace a row twice.
func (r *rows) replace(key string, values ...driver.Value) {
	if at, ok := r.keys[key]; ok {
		copy(r.step.Values[at:], values)
		return
	}
	if r.keys == nil {
		r.keys = make(map[string]int)
	}
	r.keys[key] = len(r.step.Values)
	r.step.Values = append(r.step.Values, values...)
}

func (r *rows) reset() {
	clear(r.step.Values) // texts and blobs of the last commit must not live until the next
	r.step.Values, r.step.Changed, r.step.Found = r.step.Values[:0], 0, nil
	clear(r.keys)
}

func (h *hot) begin(fences []storage.Fence) {
	clear(h.fences)
	for _, f := range fences {
		if h.fences == nil {
			h.fences = make(map[int32]int64)
		}
		h.fences[f.Partition] = f.Number
	}
	if h.inserted == nil {
		h.created.step.Statement, h.moved.step.Statement = sessionInsert, sessionUpdate
		for _, t := range []struct {
			rows      *rows
			statement *Statement
		}{
			{&h.turns, turnsTable},
			{&h.snapshots, snapshotsTable},
			{&h.messages, messagesTable},
			{&h.sessionMessages, sessionMessagesTable},
			{&h.staffMessages, staffMessagesTable},
			{&h.instances, instancesTable},
			{&h.tasks, tasksTable},
			{&h.alerts, alertsTable},
			{&h.calls, callsTable},
			{&h.inbox, inboxTable},
			{&h.facts, factsTable},
			{&h.presence, presenceTable},
			{&h.environments, environmentsTable},
			{&h.quarantine, quarantineTable},
			{&h.requests, requestsTable},
			{&h.log, turnLogTable},
			{&h.commands, commandsTable},
		} {
			t.rows.step.Statement = t.statement
			h.inserted = append(h.inserted, t.rows)
		}
		h.attempts.step.Statement = attemptsTable
	}
	for _, r := range h.inserted {
		r.reset()
	}
	h.attempts.reset()
	h.packer.reset()
	for _, list := range h.changeLists() {
		list.reset()
	}
	clear(h.delivered)
	clear(h.cancelled)
	clear(h.edited)
	h.delivered, h.cancelled, h.edited = h.delivered[:0], h.cancelled[:0], h.edited[:0]
}

// changeLists are the changes in the order in which they are made: whose rows are staff's is known when the messages have changed.
func (h *hot) changeLists() [5]*changeList {
	return [...]*changeList{&h.instanceChanges, &h.messageChanges, &h.staffChanges, &h.queues, &h.commandChanges}
}

// changeList are changes to rows, in waves: a wave changes a row at most once, because one statement cannot change a row twice, and the
// changes of one row keep their order.
type changeList struct {
	wave  map[string]int // of a key: its changes so far
	waves [][]*Step
}

// place is where a change stands.
type place struct {
	step *Step
	row  int
}

// hit reports whether the change met its row, once it has run.
func (p place) hit() bool { return p.step.Found[p.row] != "" }

func (c *changeList) add(statement *Statement, key string, values ...driver.Value) place {
	if c.wave == nil {
		c.wave = make(map[string]int)
	}
	wave := c.wave[key]
	c.wave[key] = wave + 1
	if wave == len(c.waves) {
		c.waves = append(c.waves, nil)
	}
	for _, step := range c.waves[wave] {
		if step.Statement == statement {
			step.Values = append(step.Values, values...)
			return place{step, step.Rows() - 1}
		}
	}
	step := &Step{Statement: statement, Values: values}
	c.waves[wave] = append(c.waves[wave], step)
	return place{step, 0}
}

func (c *changeList) steps(steps []*Step) []*Step {
	for _, wave := range c.waves {
		steps = append(steps, wave...)
	}
	return steps
}

func (c *changeList) reset() {
	clear(c.wave)
	clear(c.waves)
	c.waves = c.waves[:0]
}

// latest is presence as a row.
func (h *hot) latest(p *flowdeskv1.PresenceFact) {
	h.presence.replace(p.GetPerson(), p.GetPerson(), zeroed(p.GetActiveAt()), h.pack(encode(p)))
}

// waiting is an event as a row of the inbox.
func (h *hot) waiting(e *flowdeskv1.Event) {
	h.inbox.add(clean(e.GetId()), clean(e.GetSession()), int64(storage.Partition(e.GetSession())), h.pack(encode(e)))
}

var _ storage.Committer = (*Store)(nil)
