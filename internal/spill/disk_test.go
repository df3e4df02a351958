package spill_test

import (
	"os"
	"sync"
	"sync/atomic"

	"github.com/flowdesk/flowdesk/internal/spill"
)

// disk is the real one, which a test may spoil.
type disk struct {
	syncs                  atomic.Int64
	short, unsynced, uncut atomic.Bool
	unclosed               atomic.Bool
	gate                   sync.RWMutex
}

func (d *disk) block()   { d.gate.Lock() }
func (d *disk) unblock() { d.gate.Unlock() }

func (d *disk) heal() {
	d.short.Store(false)
	d.unsynced.Store(false)
	d.uncut.Store(false)
	d.unclosed.Store(false)
}

func (d *disk) options(o spill.Options) spill.Options {
	return spill.WithFiles(o, func(path string) (spill.File, error) {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
		return &diskFile{File: f, disk: d}, err
	})
}

type diskFile struct {
	*os.File

	disk *disk
}

func (f *diskFile) Write(data []byte) (int, error) {
	f.disk.gate.RLock()
	defer f.disk.gate.RUnlock()
	if f.disk.short.Load() {
		n, _ := f.File.Write(data[:len(data)/2])
		return n, errDisk
	}
	return f.File.Write(data)
}

func (f *diskFile) Sync() error {
	f.disk.syncs.Add(1)
	if f.disk.unsynced.Load() {
		return errDisk
	}
	return f.File.Sync()
}

func (f *diskFile) Close() error {
	err := f.File.Close()
	if f.disk.unclosed.Load() {
		return errDisk
	}
	return err
}

func (f *diskFile) Truncate(size int64) error {
	if f.disk.uncut.Load() {
		return errDisk
	}
	return f.File.Truncate(size)
}
