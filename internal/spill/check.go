package spill

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	proofSize   = 64 << 10 // what Check writes: more than an ordinary event takes
	proofPrefix = "proof-" // of the names of its files
)

// Check is why an event could not be kept now; nil when it could. It tries the disk, so that it tells before an event is lost, and when there is
// room again after one was refused.
func (s *Spill) Check() error {
	s.mu.Lock()
	closed, full := s.closed, s.stats.Bytes+s.reserve+proofSize > s.options.Limit
	s.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case full:
		return ErrFull
	}
	if err := s.prove(); err != nil {
		if at := (*fs.PathError)(nil); errors.As(err, &at) {
			err = at.Err // whoever hears of it needs no names of directories
		}
		return fmt.Errorf("the spill cannot be written: %w", err)
	}
	return nil
}

// prove writes and syncs a file of its own beside the segments. The lock of the files is not taken: an event does not wait for a proof.
func (s *Spill) prove() (err error) {
	path := filepath.Join(s.options.Dir, proofPrefix+rand.Text())
	f, err := s.options.create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(path)) }()
	data := make([]byte, proofSize)
	_, _ = rand.Read(data) // never fails
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}
