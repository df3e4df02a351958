package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// AccessStore keeps who may come in. It never sees a password or key: only what they are compared with.
type AccessStore interface {
	// PutInvitation stores the digest of a one-time token that lets whoever has it become the owner until it expires.
	PutInvitation(ctx context.Context, digest string, expire time.Time) error
	// HasInvitation reports whether there is an invitation of the digest that has not expired.
	HasInvitation(ctx context.Context, digest string, now time.Time) (bool, error)
	// CreateOwner stores a user and takes all invitations back, in one transaction. ErrNotFound when there is no invitation of the digest
	// that has not expired, ErrExists when the id is taken.
	CreateOwner(ctx context.Context, digest string, user *UserRecord, now time.Time) error
	// CreateUser stores a new user; ErrExists when the id is taken.
	CreateUser(ctx context.Context, user *UserRecord) error
	// GetUser is a user by its id.
	GetUser(ctx context.Context, user string) (*UserRecord, error)
	// ListUsers lists users by id.
	ListUsers(ctx context.Context, page Page) ([]*flowdeskv1.User, string, error)
	// UpdateUser replaces a user when its etag is still the given one ("" for any). ErrConflict otherwise, and with ErrLastAdmin when no enabled
	// admin would be left.
	UpdateUser(ctx context.Context, user *UserRecord, etag string) error

	// PutSignIn stores a session of a browser, and forgets those that have expired.
	PutSignIn(ctx context.Context, session *SignIn) error
	// GetSignIn is a session by its digest, expired or not.
	GetSignIn(ctx context.Context, digest string) (*SignIn, error)
	// DeleteSignIn ends a session; one that is not there has ended.
	DeleteSignIn(ctx context.Context, digest string) error
	// DeleteSignIns ends all sessions of a user but one ("" for none).
	DeleteSignIns(ctx context.Context, user, but string) error

	// CreateKey stores a new key; ErrExists when the id is taken.
	CreateKey(ctx context.Context, key *KeyRecord) error
	// GetKey is a key by its id.
	GetKey(ctx context.Context, key string) (*KeyRecord, error)
	// ListKeys lists keys by id.
	ListKeys(ctx context.Context, page Page) ([]*flowdeskv1.ApiKey, string, error)
	// UpdateKey replaces a key when its etag is still the given one; otherwise ErrConflict.
	UpdateKey(ctx context.Context, key *KeyRecord, etag string) error

	// PutSecret creates or replaces a sealed secret.
	PutSecret(ctx context.Context, secret *SecretRecord) error
	// GetSecret is a sealed secret by its id.
	GetSecret(ctx context.Context, secret string) (*SecretRecord, error)
	// ListSecrets are all sealed secrets, by id.
	ListSecrets(ctx context.Context) ([]*SecretRecord, error)
	// DeleteSecret removes a secret.
	DeleteSecret(ctx context.Context, secret string) error

	// ListLooks are how somebody wants the lists of the console, by list.
	ListLooks(ctx context.Context, owner string) ([]*flowdeskv1.ListLook, error)
	// PutLook keeps how somebody wants one list, instead of what was kept before.
	PutLook(ctx context.Context, owner string, look *flowdeskv1.ListLook) error
}

// AuditStore keeps what people and machines changed. The database refuses to change or delete what was written.
type AuditStore interface {
	// BeginAudit writes a record before its change; its id must be new and sort by time.
	BeginAudit(ctx context.Context, record *flowdeskv1.AuditRecord) error
	// EndAudit writes how the change of a record ended: its resource, what stands there afterwards, outcome and reason. Once only: ErrExists.
	EndAudit(ctx context.Context, record *flowdeskv1.AuditRecord) error
	// ListAudit lists records, newest first.
	ListAudit(ctx context.Context, filter AuditFilter, page Page) ([]*flowdeskv1.AuditRecord, string, error)
}

// UserRecord is a user with what only the server knows.
type UserRecord struct {
	User     *flowdeskv1.User
	Password string // its hash, with parameters and salt
}

// SignIn is a session of a browser.
type SignIn struct {
	Digest     string // of the cookie's token
	User       string
	CreateTime time.Time
	ExpireTime time.Time
}

// KeyRecord is an API key with what only the server knows.
type KeyRecord struct {
	Key       *flowdeskv1.ApiKey
	Digest    string // of its secret
	OldDigest string // of the secret before the last rotation, good until the key's overlap time; empty for none
}

// SecretRecord is a sealed secret.
type SecretRecord struct {
	Secret *flowdeskv1.Secret
	Sealed string
}

// AuditFilter narrows ListAudit. Zero fields do not narrow.
type AuditFilter struct {
	Actor    string
	Method   string
	Resource string
	After    time.Time
	Before   time.Time
	Oldest   bool // the oldest first
}
