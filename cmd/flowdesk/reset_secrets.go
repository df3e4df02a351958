package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/sealed"
)

type resetSecretsCommand struct {
	databaseFlags

	KeyFile string `required:"" type:"existingfile" help:"File with the keys that are left, or with a new one; make one with: flowdesk key."`
	Yes     bool   `help:"Do it. Without, what would be cleared is shown, and nothing changes."`
}

// Run implements the command.
func (c *resetSecretsCommand) Run(ctx context.Context) error {
	ring, err := sealed.ReadFile(c.KeyFile)
	if err != nil {
		return err
	}
	setting, err := c.setting()
	if err != nil {
		return err
	}
	setting.SQLite.Sole = true // a server would go on with what it has read
	plain, err := database.Open(ctx, setting)
	if err != nil {
		return err
	}
	store := sealed.New(plain, ring)
	return errors.Join(c.reset(ctx, store), store.Close())
}

func (c *resetSecretsCommand) reset(ctx context.Context, store *sealed.Store) error {
	lost, err := store.Lost(ctx)
	if err != nil {
		return err
	}
	if len(lost.Robots)+len(lost.Secrets) == 0 {
		fmt.Println("The keys open everything. Nothing is cleared.")
		return nil
	}
	for _, robot := range lost.Robots {
		fmt.Printf("robots/%s (%s): paused, without its platform's id, key and address, and with new callback addresses\n", robot.GetId(), robot.GetTitle())
	}
	for _, secret := range lost.Secrets {
		fmt.Printf("%s: deleted\n", secret)
	}
	if !c.Yes {
		fmt.Println("Nothing was changed. If the key that sealed these is surely lost, stop every server of this database and say --yes.")
		return nil
	}
	if err := store.Forget(ctx, lost); err != nil {
		return err
	}
	fmt.Println("Done. After the start, give each robot its id again, register its new callback addresses, and resume it; give the secrets their values.")
	return nil
}
