package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// JobChunk is how many rows of a job are stored together.
const JobChunk = 100

// JobStore keeps jobs, each of which acts on many rows.
type JobStore interface {
	// CreateJob stores a new job with the names of its rows, none of which was reached; ErrExists when the id is taken.
	CreateJob(ctx context.Context, job *flowdeskv1.Job, rows []string) error
	// GetJob is a job by its id.
	GetJob(ctx context.Context, job string) (*flowdeskv1.Job, error)
	// ListJobs lists jobs, newest first.
	ListJobs(ctx context.Context, filter JobFilter, page Page) ([]*flowdeskv1.Job, string, error)
	// UpdateJob replaces a job whose etag is still that of the given one, together with one chunk of its rows; ErrConflict otherwise. Without rows
	// none is touched. The given job then has the new etag.
	UpdateJob(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) error
	// JobRows are the rows of a job's chunk, in order; none after the last chunk.
	JobRows(ctx context.Context, job string, chunk int) ([]*flowdeskv1.JobResult, error)
	// ListJobRows lists a job's rows in their order, those of one outcome only unless that is unspecified. A job that does not exist has none.
	ListJobRows(ctx context.Context, filter JobRowFilter, page Page) ([]*flowdeskv1.JobResult, string, error)
	// ExpireJobs removes ended jobs that were made before a time, with their rows, up to a limit, and tells how many.
	ExpireJobs(ctx context.Context, before time.Time, limit int) (int64, error)
}

// JobFilter narrows ListJobs. Zero fields do not narrow.
type JobFilter struct {
	Creator string
	Active  bool // those that have not ended
	Oldest  bool // the oldest first
}

// JobRowFilter says which rows ListJobRows lists.
type JobRowFilter struct {
	Job     string
	Outcome flowdeskv1.JobOutcome
}
