package bunstore

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type jobRow struct {
	bun.BaseModel `bun:"table:jobs"`

	ID                           string `bun:",pk"`
	Creator                      string
	Active, CreateTime, Revision int64
	Data                         []byte
}

func (r *jobRow) job() (*flowdeskv1.Job, error) {
	j, err := decode(r.Data, &flowdeskv1.Job{})
	if err != nil {
		return nil, err
	}
	j.Etag = decimal(r.Revision)
	return j, nil
}

func jobRowOf(j *flowdeskv1.Job) *jobRow {
	return &jobRow{
		ID: clean(j.GetId()), Creator: clean(j.GetCreator()), Active: flag(j.GetEndTime() == nil), CreateTime: zeroed(j.GetCreateTime()), Data: pack(encode(j)),
	}
}

// jobRowsRow is one chunk of a job's rows, with how many there are of each outcome.
type jobRowsRow struct {
	bun.BaseModel `bun:"table:job_rows"`

	Job                           string `bun:",pk"`
	Chunk                         int64  `bun:",pk"`
	NotReached, Succeeded, Failed int64
	Data                          []byte
}

func jobRowsOf(job string, chunk int, rows []*flowdeskv1.JobResult) *jobRowsRow {
	r := &jobRowsRow{Job: clean(job), Chunk: int64(chunk), Data: pack(encode(&flowdeskv1.ListJobResultsResponse{JobResults: rows}))}
	for _, row := range rows {
		switch row.GetOutcome() {
		case flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED:
			r.Succeeded++
		case flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED:
			r.Failed++
		case flowdeskv1.JobOutcome_JOB_OUTCOME_UNSPECIFIED, flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED:
			r.NotReached++
		}
	}
	return r
}

func (r *jobRowsRow) rows() ([]*flowdeskv1.JobResult, error) {
	page, err := decode(r.Data, &flowdeskv1.ListJobResultsResponse{})
	return page.GetJobResults(), err
}

// CreateJob implements storage.JobStore.
func (s *Store) CreateJob(ctx context.Context, job *flowdeskv1.Job, rows []string) error {
	var chunks []*jobRowsRow
	for begin := 0; begin < len(rows); begin += storage.JobChunk {
		var chunk []*flowdeskv1.JobResult
		for _, name := range rows[begin:min(begin+storage.JobChunk, len(rows))] {
			chunk = append(chunk, &flowdeskv1.JobResult{Name: name})
		}
		chunks = append(chunks, jobRowsOf(job.GetId(), begin/storage.JobChunk, chunk))
	}
	row := jobRowOf(job)
	row.Revision = 1
	err := s.change(ctx, "create job", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, fmt.Errorf("job %s: %w", row.ID, storage.ErrExists))
		}
		if len(chunks) == 0 {
			return nil
		}
		_, err = tx.NewInsert().Model(&chunks).Exec(ctx)
		return err
	})
	if err == nil {
		job.Etag = decimal(row.Revision)
	}
	return err
}

// GetJob implements storage.JobStore.
func (s *Store) GetJob(ctx context.Context, job string) (*flowdeskv1.Job, error) {
	row, err := one[jobRow](ctx, s, "get job", "id = ?", job)
	if err != nil {
		return nil, err
	}
	return row.job()
}

// ListJobs implements storage.JobStore.
func (s *Store) ListJobs(ctx context.Context, filter storage.JobFilter, page storage.Page) ([]*flowdeskv1.Job, string, error) {
	l := &listing{filter: filter, page: page, keys: []key{{"create_time", true}, {"id", false}}, ascending: filter.Oldest}
	l.eq("creator", filter.Creator)
	if filter.Active {
		l.and("active = 1")
	}
	rows, next, err := list(ctx, s, "list jobs", l, func(r *jobRow) []string { return []string{decimal(r.CreateTime), r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*jobRow).job)
	return out, next, err
}

// UpdateJob implements storage.JobStore.
func (s *Store) UpdateJob(ctx context.Context, job *flowdeskv1.Job, chunk int, rows []*flowdeskv1.JobResult) error {
	revision, err := strconv.ParseInt(job.GetEtag(), 10, 64)
	if err != nil {
		return fmt.Errorf("job %s: etag %q: %w", job.GetId(), job.GetEtag(), storage.ErrConflict)
	}
	row := jobRowOf(job)
	err = s.change(ctx, "update job", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewUpdate().Model(row).Set("active = ?", row.Active).Set("data = ?", row.Data).Set("revision = revision + 1").
			Where("id = ? AND revision = ?", row.ID, revision).Exec(ctx)
		if err != nil {
			return err
		}
		if err := touched(ctx, tx, "jobs", row.ID, result); err != nil || len(rows) == 0 {
			return err
		}
		_, err = tx.NewUpdate().Model(jobRowsOf(job.GetId(), chunk, rows)).WherePK().Exec(ctx)
		return err
	})
	if err == nil {
		job.Etag = decimal(revision + 1)
	}
	return err
}

// JobRows implements storage.JobStore.
func (s *Store) JobRows(ctx context.Context, job string, chunk int) ([]*flowdeskv1.JobResult, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []jobRowsRow
	if err := s.read.NewSelect().Model(&rows).Where("job = ? AND chunk = ?", clean(job), chunk).Scan(ctx); err != nil {
		return nil, s.fail("job rows", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return rows[0].rows()
}

// ListJobRows implements storage.JobStore. Chunks without a row of the outcome are not read.
func (s *Store) ListJobRows(ctx context.Context, filter storage.JobRowFilter, page storage.Page) ([]*flowdeskv1.JobResult, string, error) {
	if err := s.begin(ctx); err != nil {
		return nil, "", err
	}
	at, err := rowAfter(filter, page.Token)
	if err != nil {
		return nil, "", err
	}
	has := map[flowdeskv1.JobOutcome]string{
		flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED: "not_reached > 0", flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED: "succeeded > 0",
		flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED: "failed > 0",
	}[filter.Outcome]
	if has == "" {
		has = "1 = 1"
	}
	var out []*flowdeskv1.JobResult
	for {
		var chunks []jobRowsRow
		err := s.read.NewSelect().Model(&chunks).Where("job = ? AND chunk >= ? AND "+has, clean(filter.Job), at/storage.JobChunk).
			OrderExpr("chunk").Limit(1).Scan(ctx)
		if err != nil || len(chunks) == 0 {
			return out, "", s.fail("list job rows", err)
		}
		rows, err := chunks[0].rows()
		if err != nil {
			return nil, "", err
		}
		first := int(chunks[0].Chunk) * storage.JobChunk
		for i := max(at-first, 0); i < len(rows); i++ {
			if !isOutcome(rows[i], filter.Outcome) {
				continue
			}
			if len(out) == page.Limit() {
				return out, storage.EncodeToken(filter, strconv.Itoa(first+i)), nil
			}
			out = append(out, rows[i])
		}
		at = first + storage.JobChunk
	}
}

// rowAfter is the number of the row at which a page begins.
func rowAfter(filter storage.JobRowFilter, token string) (int, error) {
	keys, err := storage.DecodeToken(filter, token, 1)
	if err != nil || keys == nil {
		return 0, err
	}
	at, err := strconv.Atoi(keys[0])
	if err != nil || at < 0 {
		return 0, fmt.Errorf("%w: not readable", storage.ErrPageToken)
	}
	return at, nil
}

func isOutcome(row *flowdeskv1.JobResult, asked flowdeskv1.JobOutcome) bool {
	switch asked {
	case flowdeskv1.JobOutcome_JOB_OUTCOME_UNSPECIFIED:
		return true
	case flowdeskv1.JobOutcome_JOB_OUTCOME_NOT_REACHED:
		return row.GetOutcome() == flowdeskv1.JobOutcome_JOB_OUTCOME_UNSPECIFIED || row.GetOutcome() == asked
	case flowdeskv1.JobOutcome_JOB_OUTCOME_SUCCEEDED, flowdeskv1.JobOutcome_JOB_OUTCOME_FAILED:
	}
	return row.GetOutcome() == asked
}

// ExpireJobs implements storage.JobStore.
func (s *Store) ExpireJobs(ctx context.Context, before time.Time, limit int) (removed int64, err error) {
	err = s.change(ctx, "expire jobs", func(ctx context.Context, tx bun.Tx) error {
		var ids []string
		err := tx.NewSelect().Model((*jobRow)(nil)).Column("id").Where("active = 0 AND create_time < ?", micros(before)).
			OrderExpr("create_time, id").Limit(int64(limit)).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return err
		}
		if _, err := tx.NewDelete().Model((*jobRowsRow)(nil)).Where("job IN (?)", bun.List(ids)).Exec(ctx); err != nil {
			return err
		}
		result, err := tx.NewDelete().Model((*jobRow)(nil)).Where("id IN (?)", bun.List(ids)).Exec(ctx)
		if err != nil {
			return err
		}
		removed, err = result.RowsAffected()
		return err
	})
	return removed, err
}
