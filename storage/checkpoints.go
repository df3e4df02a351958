package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// CheckpointStore keeps what drafts once were. Checkpoints leave with their flow.
type CheckpointStore interface {
	// CreateCheckpoint stores a new checkpoint of a flow, and removes the automatic ones of that flow from before a time; ErrExists when the
	// flow has one of that id.
	CreateCheckpoint(ctx context.Context, checkpoint *flowdeskv1.FlowCheckpoint, expire time.Time) error
	// GetCheckpoint is one checkpoint with its definition.
	GetCheckpoint(ctx context.Context, flow, checkpoint string) (*flowdeskv1.FlowCheckpoint, error)
	// ListCheckpoints lists a flow's checkpoints without definitions, newest first.
	ListCheckpoints(ctx context.Context, flow string, page Page) ([]*flowdeskv1.FlowCheckpoint, string, error)
	// DeleteCheckpoint removes a checkpoint; ErrNotFound when there is none.
	DeleteCheckpoint(ctx context.Context, flow, checkpoint string) error
}
