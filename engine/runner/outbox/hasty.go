package outbox

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// storeWithin bounds one question to the store. A connection that says nothing any more must not keep a partition's commands, or what others
// note, waiting for ever; whoever asks tries again, as when the store is away.
const storeWithin = 30 * time.Second

// hasty is a store that is waited for no longer than storeWithin.
type hasty struct{ Store }

func (h hasty) UnsettledCommands(ctx context.Context, after string, limit int) ([]*flowdeskv1.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return h.Store.UnsettledCommands(ctx, after, limit)
}

func (h hasty) GetCommand(ctx context.Context, command string) (*flowdeskv1.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return h.Store.GetCommand(ctx, command)
}

// hastyNotes is hasty of notes.
type hastyNotes struct{ storage.NoteStore }

func (h hastyNotes) PutNotes(ctx context.Context, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return h.NoteStore.PutNotes(ctx, data)
}

func (h hastyNotes) ReadNotes(ctx context.Context, since time.Time) ([]storage.Notes, time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return h.NoteStore.ReadNotes(ctx, since)
}

func (h hastyNotes) ForgetNotes(ctx context.Context, before time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, storeWithin)
	defer cancel()
	return h.NoteStore.ForgetNotes(ctx, before)
}
