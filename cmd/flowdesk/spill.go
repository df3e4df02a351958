package main

import (
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/internal/spill"
)

const mebibyte = 1 << 20

// spill opens what keeps callbacks while the database is away; nil when the operator wants none.
func (f *serverFlags) spill(keys *sealed.Ring) (*spill.Spill, error) {
	if f.Spill <= 0 {
		return nil, nil //nolint:nilnil // none is a choice
	}
	return spill.Open(spill.Options{Dir: app.SpillDir(f.DataDir), Limit: int64(f.Spill) * mebibyte, Sealer: keys})
}
