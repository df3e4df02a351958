package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/passfile"
	"github.com/flowdesk/flowdesk/storage/migrations"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply the steps that the database lacks. Several servers may do so at once." eg:"migrate up\nmigrate up --database postgres://desk@127.0.0.1/desk"`
	Down   migrateDown   `cmd:"" help:"Take back the step that was applied last, with everything that it holds." eg:"migrate down\nmigrate down --data-dir /var/lib/flowdesk"`
	Status migrateStatus `cmd:"" help:"Show the steps and when they were applied." eg:"migrate status\nmigrate status --data-dir /var/lib/flowdesk"`
}

type databaseFlags struct {
	Database string `help:"sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME; by default flowdesk.db in the data directory."`
	DataDir  string `default:"data" help:"Directory for everything that is kept."`

	DatabasePasswordFile string `type:"existingfile" help:"File with the password of PostgreSQL, instead of one in its URL."`
}

func (d *databaseFlags) setting() (database.Setting, error) {
	name, err := passfile.Into(d.Database, d.DatabasePasswordFile)
	if err != nil {
		return database.Setting{}, fmt.Errorf("--database-password-file: %w", err)
	}
	return database.Setting{Name: name, DataDir: d.DataDir}, nil
}

// with opens the database for f.
func (d *databaseFlags) with(ctx context.Context, f func(database.Setting, *bun.DB) error) error {
	setting, err := d.setting()
	if err != nil {
		return err
	}
	db, err := database.OpenDB(ctx, setting)
	if err != nil {
		return err
	}
	return errors.Join(f(setting, db), db.Close())
}

type migrateUp struct{ databaseFlags }

// Run implements the command.
func (c *migrateUp) Run(ctx context.Context) error {
	return c.with(ctx, func(setting database.Setting, db *bun.DB) error {
		if err := migrations.Up(ctx, db); err != nil {
			return err
		}
		if err := database.Partition(ctx, setting, db); err != nil {
			return err
		}
		return printSteps(ctx, db)
	})
}

type migrateDown struct{ databaseFlags }

// Run implements the command.
func (c *migrateDown) Run(ctx context.Context) error {
	return c.with(ctx, func(_ database.Setting, db *bun.DB) error {
		if err := migrations.Down(ctx, db); err != nil {
			return err
		}
		return printSteps(ctx, db)
	})
}

type migrateStatus struct{ databaseFlags }

// Run implements the command.
func (c *migrateStatus) Run(ctx context.Context) error {
	return c.with(ctx, func(_ database.Setting, db *bun.DB) error { return printSteps(ctx, db) })
}

func printSteps(ctx context.Context, db *bun.DB) error {
	steps, err := migrations.Status(ctx, db)
	if err != nil {
		return err
	}
	for _, s := range steps {
		applied := "not applied"
		if !s.Applied.IsZero() {
			applied = s.Applied.UTC().Format(time.RFC3339)
		}
		fmt.Printf("%s  %-22s %s\n", s.Name, s.What, applied)
	}
	return nil
}
