package storage

import "context"

// DemoStore knows what is demo data, and removes it.
type DemoStore interface {
	// MarkDemo notes that things are demo data: the ids of sessions, groups, people, robots, answers, versions (flow@version), or a state under
	// a kind of its own. What is noted already stays.
	MarkDemo(ctx context.Context, kind string, ids ...string) error
	// UnmarkDemo takes a note back.
	UnmarkDemo(ctx context.Context, kind string, ids ...string) error
	// ListDemo gives what is noted, by kind.
	ListDemo(ctx context.Context) (map[string][]string, error)
	// CountSessionRows counts what sessions consist of, by kind: sessions, messages, turns, instances, commands, tasks, alerts, facts.
	CountSessionRows(ctx context.Context, sessions []string) (map[string]int64, error)
	// DeleteSessions removes sessions and everything that belongs to them, in one transaction, and tells how much it was. Derived rows are
	// forgotten with them.
	DeleteSessions(ctx context.Context, sessions []string) (map[string]int64, error)
	// DeleteDirectory removes groups with their aliases, and people with their presence. What is not there is no error.
	DeleteDirectory(ctx context.Context, groups, people []string) error
	// DeleteVersion removes a version of a flow that is not active and on which no instance ever ran, or all that did were removed; otherwise
	// ErrConflict. The flow's latest version becomes the greatest that is left.
	DeleteVersion(ctx context.Context, flow string, version int32) error
}
