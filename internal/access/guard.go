package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Errors of the guard. None tells which part of what was given is wrong.
var (
	// ErrUnauthenticated is a request without valid credentials.
	ErrUnauthenticated = errors.New("sign in, or send a valid API key")
	// ErrDenied is a request that the caller's role or scope does not allow.
	ErrDenied = errors.New("not allowed")
	// ErrSlow is too many tries to sign in.
	ErrSlow = errors.New("too many tries to sign in; wait a little")
	// ErrWrong is a wrong user or password.
	ErrWrong = errors.New("wrong user or password")
)

const (
	// Fresh is the longest that a credential is taken on what was read of it before. Half of what is promised for revocation, so that a
	// slow database does not break the promise.
	Fresh = 2500 * time.Millisecond
	// SessionLength is how long a browser stays signed in.
	SessionLength = 12 * time.Hour
	// InvitationLength is how long the link for the owner works.
	InvitationLength = 24 * time.Hour

	mostRemembered = 10_000
)

// Guard finds out who makes a request. It is safe for concurrent use.
type Guard struct {
	store storage.AccessStore
	now   func() time.Time
	log   *slog.Logger
	hash  hashing
	tries *limiter
	all   *sharedLimiter // nil where there is no other replica

	tell func()

	mu    sync.Mutex
	known map[string]remembered // by digest of the credential
}

// remembered is what was found for a credential.
type remembered struct {
	caller *Caller
	err    error
	at     time.Time
}

// NewGuard makes a guard on a store; now is time.Now by default.
func NewGuard(store storage.AccessStore, log *slog.Logger, now func() time.Time) *Guard {
	if now == nil {
		now = time.Now
	}
	return &Guard{store: store, now: now, log: log, hash: newHashing(), tries: newLimiter(), tell: func() {}, known: make(map[string]remembered)}
}

// Credentials are what a request brings. A key counts more than a cookie.
type Credentials struct {
	Bearer string // of the authorization header
	Cookie string // of the session cookie
}

// Caller gives who has the credentials.
func (g *Guard) Caller(ctx context.Context, c Credentials) (*Caller, error) {
	kind, find, text := "key ", g.byKey, c.Bearer
	if text == "" {
		kind, find, text = "cookie ", g.bySession, c.Cookie
	}
	if text == "" {
		return nil, ErrUnauthenticated
	}
	digest := Digest(kind + text) // a cookie is no key
	g.mu.Lock()
	found, ok := g.known[digest]
	g.mu.Unlock()
	if ok && g.now().Sub(found.at).Abs() < Fresh {
		return found.caller, found.err
	}
	began := g.now()
	caller, err := find(ctx, text)
	if err != nil && !errors.Is(err, ErrUnauthenticated) {
		return nil, fmt.Errorf("look up the caller: %w", err) // it is the store's trouble and passes
	}
	g.remember(digest, remembered{caller, err, began})
	return caller, err
}

func (g *Guard) remember(digest string, r remembered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= mostRemembered {
		clear(g.known)
	}
	g.known[digest] = r
}

// OnForget says who hears that something was changed here; it must be called before requests come. The function must return at once.
func (g *Guard) OnForget(tell func()) { g.tell = tell }

// Forget makes changes count at once in this process; others see them within Fresh, or as soon as they Hear of them.
func (g *Guard) Forget() {
	g.Hear()
	g.tell()
}

// Hear lets what another process changed count here.
func (g *Guard) Hear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.known)
}

// Named gives who has a name, users/{user} or apiKeys/{api_key}, for work that goes on without a request of theirs; ErrUnauthenticated when this
// caller could not sign in any more. It always asks the store.
func (g *Guard) Named(ctx context.Context, name string) (*Caller, error) {
	kind, id, _ := strings.Cut(name, "/")
	var caller *Caller
	var err error
	switch kind {
	case "users":
		caller, err = g.user(ctx, id)
	case "apiKeys":
		var record *storage.KeyRecord
		if record, err = g.store.GetKey(ctx, id); err == nil {
			if caller = keyCaller(record.Key); g.ended(record.Key) {
				err = ErrUnauthenticated
			}
		}
	default:
		err = ErrUnauthenticated
	}
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return nil, ErrUnauthenticated
	case err != nil:
		return nil, err
	}
	return caller, nil
}

// ended reports whether nobody can come in with a key any more.
func (g *Guard) ended(key *flowdeskv1.ApiKey) bool {
	return key.GetRevokeTime() != nil || !g.now().Before(key.GetExpireTime().AsTime())
}

func keyCaller(key *flowdeskv1.ApiKey) *Caller {
	return &Caller{Name: key.GetName(), Title: key.GetTitle(), Role: key.GetRole(), Groups: key.GetGroups(), Methods: key.GetMethods()}
}

// user gives a user who may come in.
func (g *Guard) user(ctx context.Context, id string) (*Caller, error) {
	record, err := g.store.GetUser(ctx, id)
	if errors.Is(err, storage.ErrNotFound) || err == nil && record.User.GetDisabled() {
		return nil, ErrUnauthenticated
	} else if err != nil {
		return nil, err
	}
	u := record.User
	return &Caller{Name: u.GetName(), Title: u.GetTitle(), Role: u.GetRole(), Groups: u.GetGroups(), Entry: u.GetPerson()}, nil
}

func (g *Guard) byKey(ctx context.Context, text string) (*Caller, error) {
	id, token, ok := splitKey(text)
	if !ok {
		return nil, ErrUnauthenticated
	}
	record, err := g.store.GetKey(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrUnauthenticated
	} else if err != nil {
		return nil, err
	}
	key, digest, now := record.Key, Digest(token), g.now()
	current := sameDigest(record.Digest, digest)
	old := sameDigest(record.OldDigest, digest) && now.Before(key.GetOverlapTime().AsTime())
	if !current && !old || g.ended(key) {
		return nil, ErrUnauthenticated
	}
	return keyCaller(key), nil
}

func (g *Guard) bySession(ctx context.Context, token string) (*Caller, error) {
	digest := Digest(token)
	session, err := g.store.GetSignIn(ctx, digest)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !g.now().Before(session.ExpireTime) {
		return nil, ErrUnauthenticated
	} else if err != nil {
		return nil, err
	}
	caller, err := g.user(ctx, session.User)
	if err != nil {
		return nil, err
	}
	caller.session = digest
	return caller, nil
}

// ShareTries lets tries to sign in be counted for all replicas together; it must be called before requests come.
func (g *Guard) ShareTries(store storage.TryStore) { g.all = &sharedLimiter{store: store} }

// try takes a try to sign in, or says that there is none.
func (g *Guard) try(ctx context.Context, user, address string) error {
	now := g.now()
	if !g.tries.allow(now, user, address) {
		return ErrSlow
	}
	if g.all == nil {
		return nil
	}
	allowed, err := g.all.allow(ctx, now, user, address)
	if err == nil && !allowed {
		err = ErrSlow
	}
	return err
}

// succeeded forgets the tries of who knew the password.
func (g *Guard) succeeded(ctx context.Context, user, address string) {
	g.tries.succeeded(user, address)
	if g.all == nil {
		return
	}
	if err := g.all.succeeded(ctx, user, address); err != nil { // the next sign-in may have to wait
		g.log.WarnContext(ctx, "forget tries to sign in", "user", user, "error", err)
	}
}

// SignIn checks a password and opens a session. It gives the user and the token of the session's cookie.
func (g *Guard) SignIn(ctx context.Context, user, password, address string) (*flowdeskv1.User, string, time.Time, error) {
	if err := g.try(ctx, user, address); err != nil {
		return nil, "", time.Time{}, err
	}
	record, err := g.store.GetUser(ctx, user)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, "", time.Time{}, err
	}
	if record == nil { // it must take as long as a wrong password
		if _, err := g.hash.hash(ctx, password); err != nil {
			return nil, "", time.Time{}, err
		}
		return nil, "", time.Time{}, ErrWrong
	}
	equal, old, err := g.hash.verify(ctx, password, record.Password)
	switch {
	case err != nil:
		return nil, "", time.Time{}, fmt.Errorf("user %s: %w", user, err)
	case !equal || record.User.GetDisabled():
		return nil, "", time.Time{}, ErrWrong
	}
	g.succeeded(ctx, user, address)
	if old {
		if err := g.SetPassword(ctx, record, password); err != nil {
			g.log.WarnContext(ctx, "hash a password anew", "user", user, "error", err)
		}
	}
	token, expire, err := g.Open(ctx, user)
	return record.User, token, expire, err
}

// Open opens a session for a user.
func (g *Guard) Open(ctx context.Context, user string) (token string, expire time.Time, err error) {
	token, now := NewToken(), g.now()
	expire = now.Add(SessionLength)
	return token, expire, g.store.PutSignIn(ctx, &storage.SignIn{Digest: Digest(token), User: user, CreateTime: now, ExpireTime: expire})
}

// Hash makes the stored form of a password.
func (g *Guard) Hash(ctx context.Context, password string) (string, error) {
	return g.hash.hash(ctx, password)
}

// Is reports whether a password is the user's own. Tries are limited as at sign-in.
func (g *Guard) Is(ctx context.Context, record *storage.UserRecord, password string) error {
	user := idOf(record.User.GetName())
	if err := g.try(ctx, user, ""); err != nil {
		return err
	}
	equal, _, err := g.hash.verify(ctx, password, record.Password)
	if err == nil && !equal {
		err = ErrWrong
	}
	if err == nil {
		g.succeeded(ctx, user, "")
	}
	return err
}

// SetPassword stores a new password of a user.
func (g *Guard) SetPassword(ctx context.Context, record *storage.UserRecord, password string) error {
	hash, err := g.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	record.Password = hash
	return g.store.UpdateUser(ctx, record, record.User.GetEtag())
}

// Invite makes the token of a link with which the owner is created.
func (g *Guard) Invite(ctx context.Context) (string, error) {
	token := NewToken()
	return token, g.store.PutInvitation(ctx, Digest(token), g.now().Add(InvitationLength))
}

// CreateOwner makes the user of a link. Anybody may ask for it, as often as they like: a password is hashed only for who has the link's token.
// ErrNotFound when nobody was invited with it.
func (g *Guard) CreateOwner(ctx context.Context, token string, owner *flowdeskv1.User, password string) error {
	digest := Digest(token)
	if invited, err := g.store.HasInvitation(ctx, digest, g.now()); err != nil {
		return err
	} else if !invited {
		return fmt.Errorf("invitation: %w", storage.ErrNotFound)
	}
	hash, err := g.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	return g.store.CreateOwner(ctx, digest, &storage.UserRecord{User: owner, Password: hash}, g.now())
}

// Empty reports whether there is no user yet.
func (g *Guard) Empty(ctx context.Context) (bool, error) {
	users, _, err := g.store.ListUsers(ctx, storage.Page{Size: 1})
	return len(users) == 0, err
}
