package access_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// door is a guard on a real store, with a clock moved by hand.
type door struct {
	*access.Guard

	t     *testing.T
	store storage.Store
	clock atomic.Int64
}

func newDoor(t *testing.T) *door {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "flowdesk.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	d := &door{t: t, store: store}
	d.clock.Store(time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC).UnixNano())
	d.Guard = access.NewGuard(store, slog.New(slog.DiscardHandler), d.now)
	return d
}

func (d *door) now() time.Time        { return time.Unix(0, d.clock.Load()) }
func (d *door) pass(by time.Duration) { d.clock.Add(int64(by)) }
func (d *door) key(text string) (*access.Caller, error) {
	return d.Caller(d.t.Context(), access.Credentials{Bearer: text})
}

func (d *door) user(id, password string, role flowdeskv1.AccessRole) *storage.UserRecord {
	d.t.Helper()
	hash, err := d.Hash(d.t.Context(), password)
	require.NoError(d.t, err)
	require.NoError(d.t, d.store.CreateUser(d.t.Context(), &storage.UserRecord{User: &flowdeskv1.User{Name: "users/" + id, Role: role}, Password: hash}))
	record, err := d.store.GetUser(d.t.Context(), id)
	require.NoError(d.t, err)
	return record
}

func TestPasswordsAreHashedWithArgon2id(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	first := d.user("wang", "correct horse 电池", flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN)
	second := d.user("li", "correct horse 电池", flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER)
	require.True(t, strings.HasPrefix(first.Password, "$argon2id$v=19$m=19456,t=2,p=1$"), first.Password)
	require.NotEqual(t, first.Password, second.Password, "each has a salt of its own")
	require.NotContains(t, first.Password, "horse")
	require.NoError(t, d.Is(t.Context(), first, "correct horse 电池"))
	require.ErrorIs(t, d.Is(t.Context(), first, "correct horse 电"), access.ErrWrong)
	for _, broken := range []string{"", "plain", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAA", "$argon2i$v=19$m=8,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=8,t=0,p=1$AAAA$AAAA"} {
		first.Password = broken
		require.ErrorIs(t, d.Is(t.Context(), first, "correct horse 电池"), access.ErrHash, broken)
		d.pass(time.Minute)
	}
}

func TestAnOldHashIsMadeAnewAtSignIn(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	record := d.user("wang", "unused password", flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN)
	salt := []byte("salt of long ago")
	record.Password = "$argon2id$v=19$m=64,t=1,p=1$" + base64.RawStdEncoding.EncodeToString(salt) + "$" +
		base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte("password"), salt, 1, 64, 1, 32))
	require.NoError(t, d.store.UpdateUser(t.Context(), record, ""))
	_, _, _, err := d.SignIn(t.Context(), "wang", "password", "")
	require.NoError(t, err)
	stored, err := d.store.GetUser(t.Context(), "wang")
	require.NoError(t, err)
	require.Contains(t, stored.Password, "m=19456,t=2")
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.user("wang", "correct horse", flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN)
	record := d.user("li", "staple battery", flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT)
	for user, password := range map[string]string{"wang": "staple battery", "li": "", "nobody": "correct horse"} {
		_, _, _, err := d.SignIn(t.Context(), user, password, "10.0.0.1")
		require.ErrorIs(t, err, access.ErrWrong, user)
	}
	user, token, expire, err := d.SignIn(t.Context(), "li", "staple battery", "10.0.0.1")
	require.NoError(t, err)
	require.Equal(t, "users/li", user.GetName())
	require.Equal(t, d.now().Add(access.SessionLength), expire)
	cookie := access.Credentials{Cookie: token}
	c, err := d.Caller(t.Context(), cookie)
	require.NoError(t, err)
	require.Equal(t, "users/li", c.Name)
	require.True(t, c.Person())
	_, err = d.Caller(t.Context(), access.Credentials{Cookie: token + "0"})
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	_, err = d.Caller(t.Context(), access.Credentials{Bearer: token})
	require.ErrorIs(t, err, access.ErrUnauthenticated, "a cookie is no key")

	record.User.Disabled = true
	require.NoError(t, d.store.UpdateUser(t.Context(), record, ""))
	d.pass(access.Fresh)
	_, err = d.Caller(t.Context(), cookie)
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	_, _, _, err = d.SignIn(t.Context(), "li", "staple battery", "10.0.0.1")
	require.ErrorIs(t, err, access.ErrWrong, "a disabled user")

	_, token, _, err = d.SignIn(t.Context(), "wang", "correct horse", "10.0.0.1")
	require.NoError(t, err)
	d.pass(access.SessionLength - time.Second)
	_, err = d.Caller(t.Context(), access.Credentials{Cookie: token})
	require.NoError(t, err)
	d.pass(access.Fresh)
	_, err = d.Caller(t.Context(), access.Credentials{Cookie: token})
	require.ErrorIs(t, err, access.ErrUnauthenticated, "a session ends")
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.user("wang", "correct horse", flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN)
	tries := 0
	for range 120 { // two minutes of one guess a second
		if _, _, _, err := d.SignIn(t.Context(), "wang", "wrong", "10.0.0.1"); !assertSlow(t, err) {
			tries++
		}
		d.pass(time.Second)
	}
	require.InDelta(t, 5+12, tries, 1, "five at once and one every ten seconds")
	_, _, _, err := d.SignIn(t.Context(), "wang", "correct horse", "10.0.0.2")
	require.NoError(t, err, "the person elsewhere is not kept out")
}

func assertSlow(t *testing.T, err error) bool {
	t.Helper()
	if err == access.ErrSlow { //nolint:errorlint // it is not wrapped
		return true
	}
	require.ErrorIs(t, err, access.ErrWrong)
	return false
}

func TestKeysExpireRotateAndAreRevokedWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, 2*access.Fresh, 5*time.Second)
	d := newDoor(t)
	token, next := access.NewToken(), access.NewToken()
	record := &storage.KeyRecord{Digest: access.Digest(token), Key: &flowdeskv1.ApiKey{
		Name: "apiKeys/k1", Role: flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE, Groups: []string{"g"}, ExpireTime: timestamppb.New(d.now().Add(time.Hour)),
	}}
	require.NoError(t, d.store.CreateKey(t.Context(), record))
	first, second := access.KeyText("k1", token), access.KeyText("k1", next)
	c, err := d.key(first)
	require.NoError(t, err)
	require.Equal(t, []string{"g"}, c.Groups)
	require.False(t, c.Person())
	for _, wrong := range []string{second, access.KeyText("k2", token), token, strings.ToUpper(first), first + " ", "flowdesk_k1_"} {
		_, err := d.key(wrong)
		require.ErrorIs(t, err, access.ErrUnauthenticated, wrong)
	}

	change := func(f func(*storage.KeyRecord)) {
		stored, err := d.store.GetKey(t.Context(), "k1")
		require.NoError(t, err)
		f(stored)
		require.NoError(t, d.store.UpdateKey(t.Context(), stored, stored.Key.GetEtag()))
		d.pass(access.Fresh)
	}
	change(func(r *storage.KeyRecord) {
		r.OldDigest, r.Digest, r.Key.OverlapTime = r.Digest, access.Digest(next), timestamppb.New(d.now().Add(time.Minute))
	})
	for _, good := range []string{first, second} {
		_, err := d.key(good)
		require.NoError(t, err)
	}
	d.pass(time.Minute)
	_, err = d.key(first)
	require.ErrorIs(t, err, access.ErrUnauthenticated, "the overlap is over")
	_, err = d.key(second)
	require.NoError(t, err)
	change(func(r *storage.KeyRecord) { r.Key.RevokeTime = timestamppb.New(d.now()) })
	_, err = d.key(second)
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	change(func(r *storage.KeyRecord) { r.Key.RevokeTime = nil })
	_, err = d.key(second)
	require.NoError(t, err)
	d.pass(time.Hour)
	_, err = d.key(second)
	require.ErrorIs(t, err, access.ErrUnauthenticated, "it has expired")
}

// The store's trouble is not the caller's: nobody is told that a key is wrong because the database is away.
func TestTroubleOfTheStoreIsNotRemembered(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	token := access.NewToken()
	require.NoError(t, d.store.CreateKey(t.Context(), &storage.KeyRecord{Digest: access.Digest(token), Key: &flowdeskv1.ApiKey{
		Name: "apiKeys/k1", Role: flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, ExpireTime: timestamppb.New(d.now().Add(time.Hour)),
	}}))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.Caller(ended, access.Credentials{Bearer: access.KeyText("k1", token)})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, access.ErrUnauthenticated)
	_, err = d.key(access.KeyText("k1", token))
	require.NoError(t, err)
}
