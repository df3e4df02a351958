package runner

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// Snapshot stores the present state of a session, so that the turns before it are needed for replay only.
func (r *Runner) Snapshot(ctx context.Context, session string) error {
	state, err := r.load(ctx, session)
	if err != nil {
		return err
	}
	data, err := proto.Marshal(state.SessionState)
	if err != nil {
		return fmt.Errorf("snapshot of session %s: %w", session, err)
	}
	return r.store.PutSnapshot(ctx, session, state.GetVersion(), data)
}
