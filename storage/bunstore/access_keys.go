package bunstore

import (
	"context"

	"github.com/uptrace/bun"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

type keyRow struct {
	bun.BaseModel `bun:"table:access_keys"`

	ID        string `bun:",pk"`
	Digest    string
	OldDigest string `bun:",nullzero"`
	Etag      int64
	Data      []byte
}

func keyRowOf(k *storage.KeyRecord, etag int64) *keyRow {
	return &keyRow{ID: clean(idOf(k.Key.GetName())), Digest: k.Digest, OldDigest: k.OldDigest, Etag: etag, Data: pack(encode(k.Key))}
}

func (r *keyRow) message() (*flowdeskv1.ApiKey, error) {
	key, err := decode(r.Data, &flowdeskv1.ApiKey{})
	if err != nil {
		return nil, err
	}
	key.Name, key.Etag = "apiKeys/"+r.ID, shownEtag(r.Etag)
	return key, nil
}

// CreateKey implements storage.AccessStore.
func (s *Store) CreateKey(ctx context.Context, key *storage.KeyRecord) error {
	return s.change(ctx, "create key", func(ctx context.Context, tx bun.Tx) error {
		return create(ctx, tx, keyRowOf(key, nextEtag(0)), "key")
	})
}

// GetKey implements storage.AccessStore.
func (s *Store) GetKey(ctx context.Context, key string) (*storage.KeyRecord, error) {
	row, err := one[keyRow](ctx, s, "get key", "id = ?", key)
	if err != nil {
		return nil, err
	}
	message, err := row.message()
	return &storage.KeyRecord{Key: message, Digest: row.Digest, OldDigest: row.OldDigest}, err
}

// ListKeys implements storage.AccessStore.
func (s *Store) ListKeys(ctx context.Context, page storage.Page) ([]*flowdeskv1.ApiKey, string, error) {
	l := &listing{filter: "keys", page: page, keys: byID("id"), ascending: true}
	rows, next, err := list(ctx, s, "list keys", l, func(r *keyRow) []string { return []string{r.ID} })
	if err != nil {
		return nil, "", err
	}
	out, err := messagesOf(rows, (*keyRow).message)
	return out, next, err
}

// UpdateKey implements storage.AccessStore.
func (s *Store) UpdateKey(ctx context.Context, key *storage.KeyRecord, etag string) error {
	return s.change(ctx, "update key", func(ctx context.Context, tx bun.Tx) error {
		next, err := checkEtag(ctx, tx, "access_keys", idOf(key.Key.GetName()), etag)
		if err != nil {
			return err
		}
		result, err := tx.NewUpdate().Model(keyRowOf(key, next)).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		return touched(ctx, tx, "access_keys", idOf(key.Key.GetName()), result)
	})
}

type secretRow struct {
	bun.BaseModel `bun:"table:secrets"`

	ID     string `bun:",pk"`
	Sealed string
	Data   []byte
}

func (r *secretRow) record() (*storage.SecretRecord, error) {
	secret, err := decode(r.Data, &flowdeskv1.Secret{})
	if err != nil {
		return nil, err
	}
	secret.Name = "secrets/" + r.ID
	return &storage.SecretRecord{Secret: secret, Sealed: r.Sealed}, nil
}

// PutSecret implements storage.AccessStore.
func (s *Store) PutSecret(ctx context.Context, secret *storage.SecretRecord) error {
	return s.change(ctx, "put secret", func(ctx context.Context, tx bun.Tx) error {
		row := &secretRow{ID: clean(idOf(secret.Secret.GetName())), Sealed: secret.Sealed, Data: pack(encode(secret.Secret))}
		return upsert(ctx, tx, row, "sealed = EXCLUDED.sealed, data = EXCLUDED.data")
	})
}

// GetSecret implements storage.AccessStore.
func (s *Store) GetSecret(ctx context.Context, secret string) (*storage.SecretRecord, error) {
	row, err := one[secretRow](ctx, s, "get secret", "id = ?", secret)
	if err != nil {
		return nil, err
	}
	return row.record()
}

// ListSecrets implements storage.AccessStore.
func (s *Store) ListSecrets(ctx context.Context) ([]*storage.SecretRecord, error) {
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	var rows []secretRow
	if err := s.read.NewSelect().Model(&rows).OrderExpr("id").Scan(ctx); err != nil {
		return nil, s.fail("list secrets", err)
	}
	return messagesOf(rows, (*secretRow).record)
}

// DeleteSecret implements storage.AccessStore.
func (s *Store) DeleteSecret(ctx context.Context, secret string) error {
	return s.remove(ctx, "delete secret", "secrets", secret)
}
