package bunstore

import (
	"github.com/flowdesk/flowdesk/storage"
)

// preparedTurn is what a turn's rows need that costs processor time and depends on nothing but the turn: the packed columns.
type preparedTurn struct {
	data, snapshot []byte
	commands       [][]byte
}

// Prepare implements storage.Preparer.
func (s *Store) Prepare(w *storage.TurnWrite) { w.Prepared = prepare(w) }

// preparation is what Prepare made of a turn, or makes it now.
func preparation(w *storage.TurnWrite) *preparedTurn {
	if p, ok := w.Prepared.(*preparedTurn); ok {
		return p
	}
	return prepare(w)
}

func prepare(w *storage.TurnWrite) *preparedTurn {
	p := &preparedTurn{data: pack(w.Data)}
	if w.Snapshot != nil {
		p.snapshot = pack(w.Snapshot)
	}
	for _, c := range w.Commands {
		p.commands = append(p.commands, pack(encode(restOfCommand(c))))
	}
	return p
}

var _ storage.Preparer = (*Store)(nil)
