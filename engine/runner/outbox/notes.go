package outbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Times and limits of notes.
const (
	notesGather = 5 * time.Millisecond // so that many results make one row
	notesEvery  = time.Second          // between looks without a hint
	notesBack   = 5 * time.Second      // a row may become visible so much later than its time says
	notesKept   = 10 * time.Minute
	notesTrim   = time.Minute
	notesInRow  = 500
	notesQueued = 20_000 // results of some seconds; beyond it they are left to the look-up
	notesFormat = 1
)

// note is what one replica learnt of a command that another one may have.
type note struct {
	Result *notedResult `json:"result,omitempty"`
	// Ordered is a command that a person put back into the queue, as it is stored.
	Ordered string `json:"ordered,omitempty"`
	// Look is a command whose result a person wants to be looked up.
	Look string `json:"look,omitempty"`
	// Proved is a command that a robot was heard saying.
	Proved  string `json:"proved,omitempty"`
	HeardBy string `json:"heard_by,omitempty"`
}

// notedResult is a Result; its fingerprint is no text.
type notedResult struct {
	PlatformID  string `json:"id"`
	Fingerprint []byte `json:"fingerprint"`
	Success     bool   `json:"success,omitempty"`
	Code        int32  `json:"code,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Retryable   bool   `json:"retryable,omitempty"`
	Proof       string `json:"proof,omitempty"`
}

// noteRow is one row of notes.
type noteRow struct {
	Format int    `json:"format"`
	From   string `json:"from"`
	Notes  []note `json:"notes"`
	// Loads is what stands before robots at the replica that wrote it, when it says anything of that.
	Loads *map[string]Load `json:"loads,omitempty"`
}

// notes passes notes to the other replicas, and theirs to the outbox. One that is lost costs time: whoever has the command looks for itself.
type notes struct {
	outbox *Outbox
	store  storage.NoteStore
	hint   func()
	name   string

	mu      sync.Mutex
	pending []note
	written chan struct{} // there is something to write
	wake    chan struct{} // there may be something to read
	proofs  chan *flowdeskv1.EchoHeard
	loads   map[string]loadsOf // by replica

	upTo    time.Time // by the database's clock; only the reader touches it and what follows
	seen    map[int64]time.Time
	trimmed time.Time
}

func newNotes(o *Outbox, store storage.NoteStore, hint func()) *notes {
	return &notes{
		outbox: o, store: hastyNotes{store}, hint: hint, name: rand.Text(), written: make(chan struct{}, 1), wake: make(chan struct{}, 1),
		proofs: make(chan *flowdeskv1.EchoHeard, proofsQueued), loads: make(map[string]loadsOf), upTo: time.Now().Add(-notesTrim), seen: make(map[int64]time.Time),
	}
}

// post lets a note go on its way. It returns at once.
func (n *notes) post(it note) {
	n.mu.Lock()
	if len(n.pending) < notesQueued {
		n.pending = append(n.pending, it)
	}
	n.mu.Unlock()
	signal(n.written)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write stores notes, many in a row.
func (n *notes) write() {
	ctx := n.outbox.ctx
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.written:
		}
		for wait, more := notesGather, true; more; {
			if !pass(ctx, wait) {
				return
			}
			var err error
			wait = 0
			if more, err = n.writeRow(ctx); err != nil && ctx.Err() == nil {
				wait = minPause
				n.outbox.log.Warn("notes for other replicas", "error", err)
			}
		}
	}
}

// pass lets a time pass, unless the context ends.
func pass(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (n *notes) writeRow(ctx context.Context) (more bool, err error) {
	n.mu.Lock()
	row := noteRow{Format: notesFormat, From: n.name, Notes: slices.Clone(n.pending[:min(len(n.pending), notesInRow)])}
	n.mu.Unlock()
	if len(row.Notes) == 0 {
		return false, nil
	}
	data, err := json.Marshal(row)
	if err != nil {
		return false, err
	}
	if err := n.store.PutNotes(ctx, data); err != nil {
		return true, err
	}
	n.mu.Lock()
	n.pending = n.pending[len(row.Notes):]
	more = len(n.pending) > 0
	n.mu.Unlock()
	n.hint()
	return more, nil
}

// read takes the notes of others, at each hint and from time to time.
func (n *notes) read() {
	ctx := n.outbox.ctx
	ticker := time.NewTicker(notesEvery)
	defer ticker.Stop()
	for {
		if err := n.readRows(ctx); err != nil && ctx.Err() == nil {
			n.outbox.log.Warn("notes of other replicas", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-n.wake:
		}
	}
}

func (n *notes) readRows(ctx context.Context) error {
	rows, now, err := n.store.ReadNotes(ctx, n.upTo.Add(-notesBack))
	if err != nil {
		return err
	}
	n.upTo = now
	for _, r := range rows {
		if _, known := n.seen[r.Sequence]; known {
			continue
		}
		n.seen[r.Sequence] = now
		var row noteRow
		if json.Unmarshal(r.Data, &row) != nil || row.Format != notesFormat || row.From == n.name {
			continue // a newer replica's, or our own
		}
		if row.Loads != nil {
			n.hearLoads(row.From, r.Sequence, *row.Loads)
		}
		for _, it := range row.Notes {
			n.outbox.noted(ctx, it)
		}
	}
	for sequence, at := range n.seen {
		if now.Sub(at) > 2*notesBack {
			delete(n.seen, sequence)
		}
	}
	if now.Sub(n.trimmed) < notesTrim {
		return nil
	}
	n.trimmed = now
	return n.store.ForgetNotes(ctx, now.Add(-notesKept))
}

// noted acts on a note, if it is about a command that is ours. A result of another's is kept a while: its command may become ours.
func (o *Outbox) noted(ctx context.Context, it note) {
	switch {
	case it.Result != nil:
		r := it.Result
		o.settle(Result{
			PlatformID: r.PlatformID, Fingerprint: string(r.Fingerprint), Success: r.Success, Code: r.Code, Reason: r.Reason, Retryable: r.Retryable,
			Proof: r.Proof,
		})
	case it.Ordered != "":
		o.orderedElsewhere(it.Ordered)
	case it.Proved != "":
		o.prove(&flowdeskv1.EchoHeard{Command: it.Proved, HeardBy: it.HeardBy})
	case it.Look != "":
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.entries[it.Look] != nil {
			o.spawn(func() { _ = o.LookUp(ctx, it.Look) })
		}
	}
}

// passOn gives a result to the other replicas.
func (o *Outbox) passOn(r Result) {
	o.notes.post(note{Result: &notedResult{
		PlatformID: r.PlatformID, Fingerprint: []byte(r.Fingerprint), Success: r.Success, Code: r.Code, Reason: r.Reason, Retryable: r.Retryable,
		Proof: r.Proof,
	}})
}

// foreign reports whether a command is another replica's.
func (o *Outbox) foreign(command *flowdeskv1.Command) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.owns(storage.Partition(command.GetSession()))
}
