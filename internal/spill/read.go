package spill

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine/runner"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// Endings of files.
const (
	segmentEnding = ".spill"
	brokenEnding  = ".broken"
)

// segment is one file of the log.
type segment struct {
	number uint64
	path   string
	bytes  int64 // that count
	events int64
	oldest time.Time
	found  bool // an earlier process wrote it, and may have drained a part of it
	gone   bool // it was drained and its file removed, which the disk may forget in a crash

	unread time.Time // since when it cannot be read; the zero time when it can
}

// unreadFor is how long a segment is tried to be read before it is set aside: a disk that comes back, and a process that has its files again, give it
// back.
const unreadFor = 30 * time.Second

func (s *Spill) path(number uint64, ending string) string {
	return filepath.Join(s.options.Dir, fmt.Sprintf("%012d%s", number, ending))
}

// find takes up what an earlier process left.
func (s *Spill) find() error {
	names, err := os.ReadDir(s.options.Dir)
	if err != nil {
		return err
	}
	for _, name := range names { // in order of name
		if strings.HasPrefix(name.Name(), proofPrefix) { // of a process that ended before it took it away
			if err := os.Remove(filepath.Join(s.options.Dir, name.Name())); err != nil {
				return err
			}
			continue
		}
		if strings.HasSuffix(name.Name(), brokenEnding) {
			s.stats.Broken++
		}
		text, ok := strings.CutSuffix(name.Name(), segmentEnding)
		if !ok {
			continue
		}
		number, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue // not ours
		}
		s.number = number
		if err := s.findSegment(&segment{number: number, path: filepath.Join(s.options.Dir, name.Name()), found: true}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Spill) findSegment(g *segment) error {
	data, err := os.ReadFile(g.path)
	if err != nil {
		return err
	}
	c := decode(data)
	if c.end < len(data) { // nobody was told that it is kept; no more is written to this file, so that it may stay
		s.options.Log.Warn("spill: what was being written when the process ended is passed over", "segment", g.path, "bytes", len(data)-c.end)
	}
	for _, r := range c.records {
		event, err := s.open(&r)
		if err != nil {
			return fmt.Errorf("%w: %s: %w; give the key that it was sealed with, or move the file away", ErrSealed, g.path, err)
		}
		if received := event.GetReceivedAt().AsTime(); g.oldest.IsZero() {
			g.oldest = received
		}
		s.sequence = max(s.sequence, r.sequence)
	}
	g.bytes, g.events = int64(c.end), int64(len(c.records))
	if g.bytes == 0 {
		return os.Remove(g.path)
	}
	s.segments = append(s.segments, g)
	s.stats.Waiting += g.events
	s.stats.Bytes += g.bytes
	if s.stats.Oldest.IsZero() {
		s.stats.Oldest = g.oldest
	}
	return nil
}

func (s *Spill) open(r *record) (*flowdeskv1.Event, error) {
	text, err := s.options.Sealer.Open(r.place(), string(r.payload))
	if err != nil {
		return nil, err
	}
	event := &flowdeskv1.Event{}
	return event, proto.Unmarshal([]byte(text), event)
}

// Oldest implements runner.Spill: it is the oldest segment, ended if it was being written. Damaged places in it are set aside.
func (s *Spill) Oldest() (*runner.Spilled, error) {
	s.files.Lock()
	defer s.files.Unlock()
	if len(s.segments) > 0 && s.segments[0].gone {
		if err := s.remove(s.segments[0]); err != nil {
			return nil, err
		}
	}
	if len(s.segments) == 1 {
		s.end()
	}
	if len(s.segments) == 0 {
		return nil, nil //nolint:nilnil // nothing is an answer
	}
	g := s.segments[0]
	data, c, err := s.read(g)
	if err != nil {
		return nil, errors.Join(err, s.unreadable(g, err))
	}
	g.unread = time.Time{}
	for _, b := range c.broken {
		if err := s.setAside(g, b.from, data[b.from:b.to], isDamaged); err != nil {
			return nil, fmt.Errorf("read spill: %w", err)
		}
	}
	batch := &runner.Spilled{Number: g.number, Found: g.found}
	for _, r := range c.records {
		event, err := s.open(&r)
		if err != nil { // it could be opened when it was found or sealed
			return nil, fmt.Errorf("%w: %s: %w", ErrSealed, g.path, err)
		}
		batch.Events = append(batch.Events, runner.SpilledEvent{Event: event, Perhaps: g.found || r.flags&flagPerhaps != 0})
	}
	return batch, nil
}

// read gives what counts of a segment.
func (s *Spill) read(g *segment) (data []byte, c content, err error) {
	data, err = s.options.read(g.path)
	if err != nil {
		return nil, c, fmt.Errorf("read spill: %w", err)
	}
	if !g.found && int64(len(data)) > g.bytes { // the end is of a write that failed and could not be cut off: nobody was told that it is kept
		data = data[:g.bytes]
	}
	return data, decode(data), nil
}

// unreadable takes a segment that the disk does not give back out of the log, when that has lasted. One that somebody took away does not come back.
func (s *Spill) unreadable(g *segment, why error) error {
	now := s.options.Now()
	if g.unread.IsZero() {
		g.unread = now
	}
	switch {
	case errors.Is(why, fs.ErrNotExist):
		s.forget(g)
		s.broke("spill: a part of it is not there any more; what was in it is lost unless the platform's log has it", g.path, int(g.bytes))
		return nil
	case now.Sub(g.unread) < unreadFor, errors.Is(why, syscall.EMFILE), errors.Is(why, syscall.ENFILE): // the disk has it, who has no file left says nothing of it
		return nil
	}
	path := s.path(g.number, brokenEnding)
	if err := os.Rename(g.path, path); err != nil {
		return err
	}
	s.forget(g)
	s.broke("spill: a part of it cannot be read and was set aside; stop the server, give the file its old name and start again when the disk reads it",
		path, int(g.bytes))
	return nil
}

// setAside writes a piece of a segment to a file of its own, for a person: a damaged one, or an event that the store does not take. The file is there
// only when it is whole.
func (s *Spill) setAside(g *segment, at int, data []byte, why string) error {
	path := s.path(g.number, "-"+strconv.Itoa(at)+brokenEnding)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	half := path + ".new"
	f, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(half, path), syncDir(s.options.Dir)); err != nil {
		return err
	}
	s.broke(why, path, len(data))
	return nil
}

// Why a piece of a segment stands aside.
const (
	isDamaged = "spill: a part of it is damaged and was set aside; what was in it is lost unless the platform's log has it"
	isRefused = "spill: an event that the database takes in no form was set aside"
)

// SetAside implements runner.Spill.
func (s *Spill) SetAside(batch *runner.Spilled, event string) error {
	s.files.Lock()
	defer s.files.Unlock()
	i := slices.IndexFunc(s.segments, func(g *segment) bool { return g.number == batch.Number })
	if i < 0 {
		return nil
	}
	g := s.segments[i]
	_, c, err := s.read(g)
	if err != nil {
		return err
	}
	for i, r := range c.records {
		kept, err := s.open(&r)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrSealed, g.path, err)
		}
		if kept.GetId() != event {
			continue
		}
		if err := s.setAside(g, c.starts[i], r.append(nil), isRefused); err != nil {
			return fmt.Errorf("set an event of the spill aside: %w", err)
		}
	}
	return nil
}

func (s *Spill) broke(why, path string, size int) {
	s.options.Log.Error(why, "file", path, "bytes", size)
	s.mu.Lock()
	s.stats.Broken++
	s.mu.Unlock()
}

// Remove implements runner.Spill: it removes a segment that Oldest gave.
func (s *Spill) Remove(batch *runner.Spilled) error {
	s.files.Lock()
	defer s.files.Unlock()
	i := slices.IndexFunc(s.segments, func(g *segment) bool { return g.number == batch.Number })
	if i < 0 {
		return nil
	}
	g := s.segments[i]
	return s.remove(g)
}

// remove removes a segment that was drained. With an error it is called again: what failed may have been done.
func (s *Spill) remove(g *segment) error {
	if err := s.removeFile(g); err != nil {
		return fmt.Errorf("remove spill: %w", err)
	}
	s.forget(g)
	s.mu.Lock()
	s.stats.Drained += g.events
	s.mu.Unlock()
	return nil
}

func (s *Spill) removeFile(g *segment) error {
	if err := failpoint.Before("spill.remove.before", errDisk); err != nil {
		return err
	}
	if !g.gone {
		if err := os.Remove(g.path); err != nil {
			return err
		}
		g.gone = true
	}
	return failpoint.Over(syncDir(s.options.Dir), "spill.remove.after", errDisk)
}

// forget takes a segment out of the books. The files' lock is held.
func (s *Spill) forget(g *segment) {
	s.segments = slices.DeleteFunc(s.segments, func(other *segment) bool { return other == g })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Waiting -= g.events
	s.stats.Bytes -= g.bytes
	s.stats.Oldest = time.Time{}
	if len(s.segments) > 0 {
		s.stats.Oldest = s.segments[0].oldest
	}
}
