package spill

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/flowdesk/flowdesk/internal/fault/failpoint"
)

// file is a segment that is written.
type file interface {
	io.Writer
	Sync() error
	Truncate(size int64) error
	Close() error
}

// create makes a segment's file, and sees to it that the directory knows of it after a crash.
func create(path string) (file, error) {
	if err := failpoint.Before("spill.begin.before", errDisk); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := failpoint.Over(syncDir(filepath.Dir(path)), "spill.begin.after", errDisk); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return f, nil
}

// errDisk is what a failpoint of the disk's fails with.
var errDisk = errors.New("the disk fails")

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// write brings what is added to the disk: all that waits with one write and one sync.
func (s *Spill) write() {
	for range s.wake {
		for {
			entries, closed := s.take()
			if len(entries) == 0 {
				if closed {
					return
				}
				break
			}
			err := s.keep(entries)
			for _, e := range entries {
				e.done(err)
			}
		}
	}
}

func (s *Spill) take() (entries []entry, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, s.queue = s.queue, nil
	s.writing = len(entries) > 0
	return entries, s.closed
}

// keep writes entries and syncs them. With an error none of them is kept, or at least nobody is told so.
func (s *Spill) keep(entries []entry) error {
	s.files.Lock()
	defer s.files.Unlock()
	bytes, err := s.log(entries)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	for _, e := range entries {
		s.reserve -= e.size()
	}
	if err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	s.stats.Spilled += int64(len(entries))
	s.stats.Waiting += int64(len(entries))
	s.stats.Bytes += bytes
	if s.stats.Oldest.IsZero() {
		s.stats.Oldest = entries[0].received
	}
	return nil
}

// log writes entries to the current segment. What a failed write leaves there is cut off again; where even that fails the next write begins
// another segment. The files' lock is held.
func (s *Spill) log(entries []entry) (size int64, err error) {
	if s.current == nil {
		if err := s.begin(); err != nil {
			return 0, err
		}
	}
	var data []byte
	next := s.sequence
	for _, e := range entries {
		next++
		r := record{sequence: next, flags: e.flags}
		r.payload = []byte(s.options.Sealer.Seal(r.place(), string(e.plain)))
		data = r.append(data)
	}
	last := s.segments[len(s.segments)-1]
	if err = s.put(data); err != nil {
		if cut := s.current.Truncate(last.bytes); cut != nil {
			s.options.Log.Error("spill: cut off what was not kept", "segment", last.path, "error", cut)
		}
		s.end() // after a failed sync nobody knows what of the file is on the disk
		return 0, err
	}
	s.sequence = next
	last.bytes += int64(len(data))
	last.events += int64(len(entries))
	if last.events == int64(len(entries)) {
		last.oldest = entries[0].received
	}
	if last.bytes >= s.options.Segment {
		s.end()
	}
	return int64(len(data)), nil
}

// put brings data to the disk, behind what the current segment has.
func (s *Spill) put(data []byte) error {
	if err := failpoint.Before("spill.write.before", errDisk); err != nil {
		return err
	}
	_, err := s.current.Write(data)
	if err = failpoint.Over(err, "spill.write.after", errDisk); err != nil {
		return err
	}
	return failpoint.Over(s.current.Sync(), "spill.sync.after", errDisk)
}

// begin begins a segment.
func (s *Spill) begin() error {
	path := s.path(s.number+1, segmentEnding)
	f, err := s.options.create(path)
	if err != nil {
		return err
	}
	s.number++
	s.current = f
	s.segments = append(s.segments, &segment{number: s.number, path: path})
	return nil
}

// end ends the current segment. One in which nothing is kept goes.
func (s *Spill) end() {
	if s.current == nil {
		return
	}
	if err := s.current.Close(); err != nil {
		s.options.Log.Error("spill: close a segment", "error", err)
	}
	s.current = nil
	if last := s.segments[len(s.segments)-1]; last.events == 0 {
		s.segments = s.segments[:len(s.segments)-1]
		_ = os.Remove(last.path) // if it stays it is read as what it is
	}
}
