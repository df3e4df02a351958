package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/server"
)

type keyCommand struct{}

// Run implements the command.
func (keyCommand) Run() error {
	_, err := fmt.Println(sealed.NewKey())
	return err
}

// openKeys is the key file that a server whose access is open makes for itself in its data directory.
const openKeys = "keys"

// keys reads the keys that seal secrets. Where access is open the server makes its own, because nothing there is meant to stay.
func (f *serverFlags) keys(open bool) (*sealed.Ring, error) {
	switch {
	case f.Keys != "":
		return sealed.Parse(f.Keys)
	case f.KeyFile != "":
		return sealed.ReadFile(f.KeyFile)
	case !open:
		return nil, errors.New("no key to seal secrets with: make one with \"flowdesk key > FILE\", chmod 600 it, keep a copy away from the database, " +
			"and give --key-file FILE")
	}
	file := filepath.Join(f.DataDir, openKeys)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		if err := os.WriteFile(file, []byte(sealed.NewKey()+"\n"), 0o600); err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
	}
	return sealed.ReadFile(file)
}

// invite prints the link with which the owner is created, while there is nobody yet or when one more is wanted. It goes to the terminal and
// into no log.
func invite(ctx context.Context, a *app.App, base string, more bool) error {
	empty, err := a.Guard.Empty(ctx)
	if err != nil || !empty && !more {
		return err
	}
	token, err := a.Guard.Invite(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\nOpen this link to become the owner. It works once, for 24 hours:\n\n  %s%s#token=%s\n\n", base, server.SetupPath, token)
	return nil
}
