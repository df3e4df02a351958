package check

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/storage"
)

// books are what the database holds.
type books struct {
	sessions  []sessionRow
	turns     map[string][]*flowdeskv1.Turn // of a session, in order
	states    map[string]*folded
	rowsOf    map[string]messageRow // messages
	instances map[string]instanceRow
	commands  map[string]*command
	attempts  map[string][]attemptRow
	tasks     []*flowdeskv1.TrackTask
	tasksOf   []string // commands that a task is about
	allAlerts []*flowdeskv1.Alert
	held      []leaseRow
	inbox     int
	pending   map[string]bool // calls that are not answered

	stored  map[ledger.Token][]place // of messages
	excused map[ledger.Token]string  // of messages that are stored and have no run, with the reason
	runsOf  map[string][]instanceRow // by message
	answers map[ledger.Token][]*command
	byWords map[string]*command
}

// place is where a message stands.
type place struct {
	id, session string
	version     int64 // of the turn that stored it
}

type sessionRow struct {
	ID      string `bun:"id"`
	Version int64  `bun:"version"`
	NextDue *int64 `bun:"next_due"`
}

type messageRow struct {
	ID      string `bun:"id"`
	Session string `bun:"session"`
}

type instanceRow struct {
	ID      string                    `bun:"id"`
	Session string                    `bun:"session"`
	Status  int64                     `bun:"status"`
	Event   *string                   `bun:"event"`
	Message *string                   `bun:"message"`
	status  flowdeskv1.InstanceStatus `bun:"-"`
}

type commandRow struct {
	ID       string  `bun:"id"`
	Key      string  `bun:"key"`
	Instance string  `bun:"instance"`
	Session  string  `bun:"session"`
	State    int64   `bun:"state"`
	Attempts int32   `bun:"attempts"`
	Sent     *int64  `bun:"sent_time"`
	Reason   *string `bun:"reason"`
}

type attemptRow struct {
	Command string  `bun:"command"`
	Number  int32   `bun:"number"`
	State   int64   `bun:"state"`
	ID      *string `bun:"platform_message"`
	Proof   *string `bun:"proof"`
	Reason  *string `bun:"reason"`
}

type leaseRow struct {
	Partition int64 `bun:"partition"`
	Number    int64 `bun:"number"`
}

// open reads a database. Where its server still works the rows may be of different moments.
func open(ctx context.Context, setting database.Setting) (b *books, err error) {
	db, err := database.OpenDB(ctx, setting)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	store, err := database.Open(ctx, setting)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	b = &books{
		turns: make(map[string][]*flowdeskv1.Turn), states: make(map[string]*folded), rowsOf: make(map[string]messageRow),
		instances: make(map[string]instanceRow), commands: make(map[string]*command), attempts: make(map[string][]attemptRow),
		pending: make(map[string]bool), stored: make(map[ledger.Token][]place), excused: make(map[ledger.Token]string),
		runsOf: make(map[string][]instanceRow), answers: make(map[ledger.Token][]*command), byWords: make(map[string]*command),
	}
	if err := b.rows(ctx, db); err != nil {
		return nil, err
	}
	if err := b.people(ctx, store); err != nil {
		return nil, err
	}
	if err := b.aside(ctx, store); err != nil {
		return nil, err
	}
	for _, s := range b.sessions {
		if err := b.history(ctx, store, s); err != nil {
			return nil, fmt.Errorf("session %s: %w", s.ID, err)
		}
	}
	return b, nil
}

func (b *books) rows(ctx context.Context, db *bun.DB) error {
	var messages []messageRow
	var instances []instanceRow
	var commands []commandRow
	var attempts []attemptRow
	for _, read := range []struct {
		into  any
		query string
	}{
		{&b.sessions, "SELECT id, version, next_due FROM sessions"},
		{&messages, "SELECT id, session FROM messages"},
		{&instances, "SELECT id, session, status, event, message FROM flow_instances"},
		{&commands, "SELECT id, key, instance, session, state, attempts, sent_time, reason FROM robot_command_queue"},
		{&attempts, "SELECT command, number, state, platform_message, proof, reason FROM execution_tracking ORDER BY command, number"},
		{&b.held, "SELECT partition, number FROM leases"},
	} {
		if err := db.NewRaw(read.query).Scan(ctx, read.into); err != nil {
			return fmt.Errorf("%s: %w", read.query, err)
		}
	}
	if err := db.NewRaw("SELECT count(*) FROM inbox").Scan(ctx, &b.inbox); err != nil {
		return err
	}
	var calls []string
	if err := db.NewRaw("SELECT id FROM calls").Scan(ctx, &calls); err != nil {
		return err
	}
	for _, id := range calls {
		b.pending[id] = true
	}
	for _, m := range messages {
		b.rowsOf[m.ID] = m
	}
	for _, i := range instances {
		i.status = flowdeskv1.InstanceStatus(i.Status)
		b.instances[i.ID] = i
		message := ""
		switch {
		case i.Message == nil:
			continue
		case *i.Message != "":
			message = *i.Message
		case i.Event != nil:
			message = *i.Event
		}
		b.runsOf[message] = append(b.runsOf[message], i)
	}
	for _, c := range commands {
		b.commands[c.ID] = &command{id: c.ID, row: c, state: flowdeskv1.CommandState(c.State)}
	}
	for _, a := range attempts {
		b.attempts[a.Command] = append(b.attempts[a.Command], a)
	}
	for id, c := range b.commands {
		c.attempts = b.attempts[id]
	}
	return nil
}

// people reads what is a person's: tasks and alerts.
func (b *books) people(ctx context.Context, store storage.Store) error {
	for token := ""; ; {
		tasks, next, err := store.ListTasks(ctx, storage.TaskFilter{}, storage.Page{Size: storage.MaxPageSize, Token: token})
		if err != nil {
			return err
		}
		for _, t := range tasks {
			b.tasks = append(b.tasks, t)
			b.tasksOf = append(b.tasksOf, t.GetCommand())
		}
		if token = next; next == "" {
			break
		}
	}
	for token := ""; ; {
		alerts, next, err := store.ListAlerts(ctx, storage.AlertFilter{}, storage.Page{Size: storage.MaxPageSize, Token: token})
		if err != nil {
			return err
		}
		b.allAlerts = append(b.allAlerts, alerts...)
		if token = next; next == "" {
			return nil
		}
	}
}

// aside reads what was set aside, and what waits in the inbox.
func (b *books) aside(ctx context.Context, store storage.Store) error {
	for token := ""; ; {
		entries, next, err := store.ListQuarantine(ctx, storage.QuarantineFilter{}, storage.Page{Size: storage.MaxPageSize, Token: token})
		if err != nil {
			return err
		}
		for _, e := range entries {
			for _, t := range ledger.Tokens(e.Event.GetMessage().GetText()) {
				b.excused[t] = "quarantined: " + e.Reason
			}
		}
		if token = next; next == "" {
			break
		}
	}
	for after := int64(0); ; {
		events, err := store.PendingEvents(ctx, after, 1000)
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Sequence
			for _, t := range ledger.Tokens(e.Event.GetMessage().GetText()) {
				b.excused[t] = "waits in the inbox"
			}
		}
		if len(events) < 1000 {
			return nil
		}
	}
}

// history reads a session's turns and folds them.
func (b *books) history(ctx context.Context, store storage.Store, s sessionRow) error {
	f := newFolded(s.ID)
	for {
		list, err := store.ListTurns(ctx, s.ID, f.version(), 1000)
		if err != nil {
			return err
		}
		for _, data := range list {
			turn := &flowdeskv1.Turn{}
			if err := proto.Unmarshal(data, turn); err != nil {
				return err
			}
			b.effects(s.ID, f.version(), turn)
			f.fold(turn)
			b.turns[s.ID] = append(b.turns[s.ID], turn)
		}
		if len(list) < 1000 {
			break
		}
	}
	record, err := store.LoadSession(ctx, s.ID)
	if err != nil {
		return err
	}
	f.record = record
	b.states[s.ID] = f
	return nil
}

// effects notes which messages a turn stored, and what its commands say.
func (b *books) effects(session string, version int64, turn *flowdeskv1.Turn) {
	for _, e := range turn.GetEffects() {
		if m := e.GetStoreMessage(); m != nil && !m.GetOutgoing() {
			for _, t := range ledger.Tokens(m.GetText()) {
				if _, there := b.rowsOf[m.GetId()]; there {
					b.stored[t] = append(b.stored[t], place{id: m.GetId(), session: session, version: version})
				}
			}
		}
		if c := b.commands[e.GetEnqueueCommand().GetId()]; c != nil {
			if c.tokens = ledger.Tokens(e.GetEnqueueCommand().GetText()); e.GetEnqueueCommand().GetPurpose() == "person" {
				c.tokens = nil // a word to people about a reply
			}
			c.text = e.GetEnqueueCommand().GetText()
			c.retries = e.GetEnqueueCommand().GetMaxRetries()
			if len(c.tokens) > 0 {
				b.byWords[words(c.tokens)] = c
			}
			for _, t := range c.tokens {
				b.answers[t] = append(b.answers[t], c)
			}
		}
	}
	if turn.GetUnmatched() {
		for _, t := range ledger.Tokens(turn.GetEvent().GetMessage().GetText()) {
			b.excused[t] = "no flow takes it"
		}
	}
}
