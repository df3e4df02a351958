// Package archive writes rows that leave the database into files.
//
// It may import the standard library.
package archive

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Directory is an archive: a file for each table and day, TABLE-20060102.jsonl.gz, with a JSON object a line. The files hold what customers
// wrote, and only their owner may read them.
type Directory struct {
	Path string
	Now  func() time.Time
}

// Put adds rows of a table. They are on the disk when it returns.
func (d Directory) Put(table string, rows [][]byte) (err error) {
	if err := os.MkdirAll(d.Path, 0o700); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	name := filepath.Join(d.Path, table+"-"+d.Now().UTC().Format("20060102")+".jsonl.gz")
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer func() {
		if closing := file.Close(); err == nil && closing != nil {
			err = fmt.Errorf("archive: %w", closing)
		}
	}()
	packed := gzip.NewWriter(file) // each call adds a member, which readers take as one stream
	var errs []error
	for _, row := range rows {
		_, writing := packed.Write(append(row, '\n'))
		errs = append(errs, writing)
	}
	if err := errors.Join(append(errs, packed.Close(), file.Sync())...); err != nil {
		return fmt.Errorf("archive %s: %w", table, err)
	}
	return nil
}
