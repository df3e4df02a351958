package bunstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type invitationRow struct {
	bun.BaseModel `bun:"table:access_invitations"`

	Digest     string `bun:",pk"`
	ExpireTime int64
}

type userRow struct {
	bun.BaseModel `bun:"table:access_users"`

	ID       string `bun:",pk"`
	Admin    int64  // 1 for one who may change users now
	Password string
	Etag     int64
	Data     []byte
}

type signInRow struct {
	bun.BaseModel `bun:"table:access_sessions"`

	Digest     string `bun:",pk"`
	UserID     string
	CreateTime int64
	ExpireTime int64
}

func userRowOf(u *storage.UserRecord, etag int64) *userRow {
	admin := u.User.GetRole() == flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN && !u.User.GetDisabled()
	return &userRow{ID: clean(idOf(u.User.GetName())), Admin: flag(admin), Password: u.Password, Etag: etag, Data: pack(encode(u.User))}
}

func (r *userRow) message() (*flowdeskv1.User, error) {
	user, err := decode(r.Data, &flowdeskv1.User{})
	if err != nil {
		return nil, err
	}
	user.Name, user.Etag = "users/"+r.ID, shownEtag(r.Etag)
	return user, nil
}

// PutInvitation implements storage.AccessStore.
func (s *Store) PutInvitation(ctx context.Context, digest string, expire time.Time) error {
	return s.change(ctx, "put invitation", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&invitationRow{Digest: clean(digest), ExpireTime: micros(expire)}).Exec(ctx)
		return err
	})
}

// HasInvitation implements storage.AccessStore.
func (s *Store) HasInvitation(ctx context.Context, digest string, now time.Time) (bool, error) {
	if err := s.begin(ctx); err != nil {
		return false, err
	}
	found, err := s.read.NewSelect().Model((*invitationRow)(nil)).Where("digest = ? AND expire_time > ?", clean(digest), micros(now)).Exists(ctx)
	return found, s.fail("has invitation", err)
}

// CreateOwner implements storage.AccessStore.
func (s *Store) CreateOwner(ctx context.Context, digest string, user *storage.UserRecord, now time.Time) error {
	return s.change(ctx, "create owner", func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model((*invitationRow)(nil)).Where("digest = ? AND expire_time > ?", clean(digest), micros(now)).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("invitation: %w", storage.ErrNotFound))
		}
		if _, err := tx.NewDelete().Model((*invitationRow)(nil)).Where("1 = 1").Exec(ctx); err != nil {
			return err
		}
		return create(ctx, tx, userRowOf(user, nextEtag(0)), "user")
	})
}

// create inserts a row whose key must be new.
func create(ctx context.Context, tx bun.Tx, row any, what string) error {
	result, err := tx.NewInsert().Model(row).On("CONFLICT DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("%s: %w", what, storage.ErrExists))
	}
	return nil
}

// CreateUser implements storage.AccessStore.
func (s *Store) CreateUser(ctx context.Context, user *storage.UserRecord) error {
	return s.change(ctx, "create user", func(ctx context.Context, tx bun.Tx) error {
		return create(ctx, tx, userRowOf(user, nextEtag(0)), "user")
	})
}

// GetUser implements storage.AccessStore.
func (s *Store) GetUser(ctx context.Context, user string) (*storage.UserRecord, error) {
	row, err := one[userRow](ctx, s, "get user", "id = ?", user)
	if err != nil {
		return nil, err
	}
	message, err := row.message()
	return &storage.UserRecord{User: message, Password: row.Password}, err
}

// ListUsers implements storage.AccessStore.
func (s *Store) ListUsers(ctx context.Context, page storage.Page) ([]*flowdeskv1.User, string, error) {
	l := &listing{filter: "users", page: page, keys: byID("id"), ascending: true}
	rows, next, err := list(ctx, s, "list users", l, func(r *userRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*userRow).message)
	return out, next, err
}

// UpdateUser implements storage.AccessStore.
func (s *Store) UpdateUser(ctx context.Context, user *storage.UserRecord, etag string) error {
	return s.change(ctx, "update user", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "access_users", idOf(user.User.GetName()), etag)
		if err != nil {
			return err
		}
		row := userRowOf(user, next)
		result, err := tx.NewUpdate().Model(row).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("user %s: %w", row.ID, storage.ErrNotFound))
		}
		left, err := tx.NewSelect().Model((*userRow)(nil)).Where("admin = 1").Exists(ctx)
		if err == nil && !left {
			err = fmt.Errorf("%w: %w", storage.ErrLastAdmin, storage.ErrConflict)
		}
		return err
	})
}

// PutSignIn implements storage.AccessStore.
func (s *Store) PutSignIn(ctx context.Context, session *storage.SignIn) error {
	return s.change(ctx, "put sign-in", func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*signInRow)(nil)).Where("expire_time < ?", micros(session.CreateTime)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(&signInRow{
			Digest: clean(session.Digest), UserID: clean(session.User), CreateTime: micros(session.CreateTime), ExpireTime: micros(session.ExpireTime),
		}).Exec(ctx)
		return err
	})
}

// GetSignIn implements storage.AccessStore.
func (s *Store) GetSignIn(ctx context.Context, digest string) (*storage.SignIn, error) {
	row, err := one[signInRow](ctx, s, "get sign-in", "digest = ?", digest)
	if err != nil {
		return nil, err
	}
	return &storage.SignIn{Digest: row.Digest, User: row.UserID, CreateTime: fromMicros(row.CreateTime), ExpireTime: fromMicros(row.ExpireTime)}, nil
}

// DeleteSignIn implements storage.AccessStore.
func (s *Store) DeleteSignIn(ctx context.Context, digest string) error {
	return s.change(ctx, "delete sign-in", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*signInRow)(nil)).Where("digest = ?", clean(digest)).Exec(ctx)
		return err
	})
}

// DeleteSignIns implements storage.AccessStore.
func (s *Store) DeleteSignIns(ctx context.Context, user, but string) error {
	return s.change(ctx, "delete sign-ins", func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*signInRow)(nil)).Where("user_id = ? AND digest <> ?", clean(user), clean(but)).Exec(ctx)
		return err
	})
}
