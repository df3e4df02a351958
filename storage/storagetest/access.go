package storagetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// accessTests are the promises of AccessStore and AuditStore.
func accessTests() map[string]func(*testing.T, storage.Store) {
	return map[string]func(*testing.T, storage.Store){
		"access: an invitation makes one owner":               oneOwner,
		"access: users change by etag and an admin stays":     anAdminStays,
		"access: sessions end by themselves, one by one, all": signIns,
		"access: keys and secrets":                            keysAndSecrets,
		"audit: a record is its beginning and its end":        auditRecords,
	}
}

const (
	admin  = flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN
	viewer = flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER
)

func user(id string, role flowdeskv1.AccessRole) *storage.UserRecord {
	return &storage.UserRecord{User: &flowdeskv1.User{Name: "users/" + id, Title: "王 😀", Role: role}, Password: "hash of " + id}
}

func oneOwner(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.PutInvitation(t.Context(), "first", at.Add(time.Hour)))
	require.NoError(t, s.PutInvitation(t.Context(), "second", at.Add(time.Hour)))
	invited := func(digest string, now time.Time) bool {
		has, err := s.HasInvitation(t.Context(), digest, now)
		require.NoError(t, err)
		return has
	}
	require.True(t, invited("second", at))
	require.False(t, invited("second", at.Add(time.Hour)), "it has expired")
	require.False(t, invited("unknown", at))
	require.ErrorIs(t, s.CreateOwner(t.Context(), "unknown", user("wang", admin), at), storage.ErrNotFound)
	require.ErrorIs(t, s.CreateOwner(t.Context(), "first", user("wang", admin), at.Add(time.Hour)), storage.ErrNotFound, "it has expired")
	require.NoError(t, s.CreateOwner(t.Context(), "first", user("wang", admin), at))
	for _, digest := range []string{"first", "second"} {
		require.False(t, invited(digest, at))
		require.ErrorIs(t, s.CreateOwner(t.Context(), digest, user("li", admin), at), storage.ErrNotFound)
	}
	got, err := s.GetUser(t.Context(), "wang")
	require.NoError(t, err)
	require.Equal(t, "hash of wang", got.Password)
	require.Equal(t, "王 😀", got.User.GetTitle())

	require.NoError(t, s.PutInvitation(t.Context(), "third", at.Add(time.Hour)))
	require.ErrorIs(t, s.CreateOwner(t.Context(), "third", user("wang", admin), at), storage.ErrExists)
	require.NoError(t, s.CreateOwner(t.Context(), "third", user("li", admin), at), "what failed used nothing up")
}

func anAdminStays(t *testing.T, s storage.Store) {
	t.Helper()
	require.NoError(t, s.CreateUser(t.Context(), user("a", admin)))
	require.NoError(t, s.CreateUser(t.Context(), user("b", viewer)))
	require.ErrorIs(t, s.CreateUser(t.Context(), user("a", viewer)), storage.ErrExists)
	got, err := s.GetUser(t.Context(), "a")
	require.NoError(t, err)
	etag := got.User.GetEtag()
	got.User.Disabled = true
	require.ErrorIs(t, s.UpdateUser(t.Context(), got, etag), storage.ErrLastAdmin, "the last admin")
	got.User.Disabled, got.User.Role = false, viewer
	require.ErrorIs(t, s.UpdateUser(t.Context(), got, etag), storage.ErrConflict, "the last admin")
	require.NoError(t, s.UpdateUser(t.Context(), user("b", admin), ""))
	require.NoError(t, s.UpdateUser(t.Context(), got, etag))
	require.ErrorIs(t, s.UpdateUser(t.Context(), got, etag), storage.ErrConflict, "the etag is an old one")
	require.ErrorIs(t, s.UpdateUser(t.Context(), user("nobody", admin), ""), storage.ErrNotFound)

	first, next, err := s.ListUsers(t.Context(), storage.Page{Size: 1})
	require.NoError(t, err)
	second, end, err := s.ListUsers(t.Context(), storage.Page{Size: 1, Token: next})
	require.NoError(t, err)
	require.Empty(t, end)
	require.Equal(t, []string{"users/a", "users/b"}, []string{first[0].GetName(), second[0].GetName()})
	require.Equal(t, viewer, first[0].GetRole())
}

func signIns(t *testing.T, s storage.Store) {
	t.Helper()
	put := func(digest, user string, created time.Time) {
		require.NoError(t, s.PutSignIn(t.Context(), &storage.SignIn{Digest: digest, User: user, CreateTime: created, ExpireTime: created.Add(time.Hour)}))
	}
	put("old", "a", at)
	put("a1", "a", at.Add(time.Minute))
	put("a2", "a", at.Add(time.Minute))
	put("b1", "b", at.Add(time.Minute))
	got, err := s.GetSignIn(t.Context(), "a1")
	require.NoError(t, err)
	require.Equal(t, &storage.SignIn{Digest: "a1", User: "a", CreateTime: at.Add(time.Minute), ExpireTime: at.Add(time.Minute + time.Hour)}, got)
	put("late", "b", at.Add(time.Hour+time.Second))
	gone := func(digests ...string) {
		for _, d := range digests {
			_, err := s.GetSignIn(t.Context(), d)
			require.ErrorIs(t, err, storage.ErrNotFound, d)
		}
	}
	gone("old")
	require.NoError(t, s.DeleteSignIns(t.Context(), "a", "a2"))
	gone("a1")
	require.NoError(t, s.DeleteSignIn(t.Context(), "a2"))
	require.NoError(t, s.DeleteSignIn(t.Context(), "a2"))
	gone("a2")
	require.NoError(t, s.DeleteSignIns(t.Context(), "b", ""))
	gone("b1", "late")
}

func keysAndSecrets(t *testing.T, s storage.Store) {
	t.Helper()
	key := &storage.KeyRecord{Key: &flowdeskv1.ApiKey{Name: "apiKeys/k1", Title: "工单系统", Role: admin, Groups: []string{"g1"}}, Digest: "d1"}
	require.NoError(t, s.CreateKey(t.Context(), key))
	require.ErrorIs(t, s.CreateKey(t.Context(), key), storage.ErrExists)
	got, err := s.GetKey(t.Context(), "k1")
	require.NoError(t, err)
	require.NotEmpty(t, got.Key.GetEtag())
	etag := got.Key.GetEtag()
	require.Empty(t, cmp.Diff(key.Key, got.Key, protocmp.Transform(), protocmp.IgnoreFields(&flowdeskv1.ApiKey{}, "etag")))
	got.Digest, got.OldDigest = "d2", "d1"
	require.NoError(t, s.UpdateKey(t.Context(), got, etag))
	require.ErrorIs(t, s.UpdateKey(t.Context(), got, etag), storage.ErrConflict)
	again, err := s.GetKey(t.Context(), "k1")
	require.NoError(t, err)
	require.Equal(t, []string{"d2", "d1"}, []string{again.Digest, again.OldDigest})
	all, _, err := s.ListKeys(t.Context(), storage.Page{})
	require.NoError(t, err)
	require.Len(t, all, 1)
	_, err = s.GetKey(t.Context(), "K1")
	require.ErrorIs(t, err, storage.ErrNotFound, "case matters")

	for _, sealed := range []string{"one", "two"} {
		require.NoError(t, s.PutSecret(t.Context(), &storage.SecretRecord{Secret: &flowdeskv1.Secret{Name: "secrets/model", KeyId: "k"}, Sealed: sealed}))
	}
	secret, err := s.GetSecret(t.Context(), "model")
	require.NoError(t, err)
	require.Equal(t, "two", secret.Sealed)
	require.Equal(t, "secrets/model", secret.Secret.GetName())
	require.NoError(t, s.DeleteSecret(t.Context(), "model"))
	require.ErrorIs(t, s.DeleteSecret(t.Context(), "model"), storage.ErrNotFound)
	none, err := s.ListSecrets(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
}

func auditRecords(t *testing.T, s storage.Store) {
	t.Helper()
	record := func(id, actor, method, resource string, when time.Time) *flowdeskv1.AuditRecord {
		return &flowdeskv1.AuditRecord{Name: "auditRecords/" + id, Actor: actor, Method: method, Resource: resource, Time: timestamppb.New(when), Before: `{"title":"旧"}`}
	}
	changed := record("1", "users/a", "FlowService.UpdateFlow", "flows/f", at)
	made := record("2", "users/b", "FlowService.CreateFlow", "", at.Add(time.Second))
	open := record("3", "users/a", "FlowService.DeleteFlow", "flows/f", at.Add(2*time.Second))
	for _, r := range []*flowdeskv1.AuditRecord{changed, made, open} {
		require.NoError(t, s.BeginAudit(t.Context(), r))
	}
	require.ErrorIs(t, s.BeginAudit(t.Context(), open), storage.ErrExists)
	changed.After, changed.Outcome = `{"title":"新"}`, "OK"
	made.Resource, made.Outcome, made.Reason = "flows/g", "Aborted", "changed meanwhile"
	require.NoError(t, s.EndAudit(t.Context(), changed))
	require.NoError(t, s.EndAudit(t.Context(), made))
	require.ErrorIs(t, s.EndAudit(t.Context(), made), storage.ErrExists, "an end is written once")

	expect := func(filter storage.AuditFilter, want ...*flowdeskv1.AuditRecord) {
		got, next, err := s.ListAudit(t.Context(), filter, storage.Page{})
		require.NoError(t, err)
		require.Empty(t, next)
		require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
	}
	expect(storage.AuditFilter{}, open, made, changed)
	expect(storage.AuditFilter{Actor: "users/a"}, open, changed)
	expect(storage.AuditFilter{Method: "FlowService.CreateFlow"}, made)
	expect(storage.AuditFilter{Resource: "flows/f"}, open, changed)
	expect(storage.AuditFilter{Resource: "flows/g"}, made)
	expect(storage.AuditFilter{After: at.Add(time.Second), Before: at.Add(2 * time.Second)}, made)
	var ids []string
	for token := ""; ; {
		got, next, err := s.ListAudit(t.Context(), storage.AuditFilter{}, storage.Page{Size: 2, Token: token})
		require.NoError(t, err)
		for _, r := range got {
			ids = append(ids, r.GetName())
		}
		if token = next; token == "" {
			break
		}
	}
	require.Equal(t, []string{"auditRecords/3", "auditRecords/2", "auditRecords/1"}, ids)
}
