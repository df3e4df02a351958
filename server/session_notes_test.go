package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

// groupAs makes a group in an installation that asks who one is.
func (f *fixture) groupAs(admin context.Context, title string) string {
	f.t.Helper()
	made, err := flowdeskv1.NewDirectoryServiceClient(f.conn).CreateGroup(admin, &flowdeskv1.CreateGroupRequest{Group: &flowdeskv1.Group{
		Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Aliases: []*flowdeskv1.GroupAlias{{Robot: "day", Title: title}},
	}})
	require.NoError(f.t, err)
	return made.GetGroup().GetId()
}

// listedUnread is what the list of sessions says to somebody.
func listedUnread(t *testing.T, ctx context.Context, api flowdeskv1.SessionServiceClient, only bool) map[string]int32 {
	t.Helper()
	list, err := api.ListSessions(ctx, &flowdeskv1.ListSessionsRequest{Unread: only})
	require.NoError(t, err)
	unread := make(map[string]int32)
	for _, s := range list.GetSessions() {
		unread[s.GetId()] = s.GetUnread()
	}
	return unread
}

func TestEachReaderHasTheirOwnUnread(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	f.publish(admin, "hears", hears)
	api := flowdeskv1.NewSessionServiceClient(f.conn)
	one, two := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, nil, nil)), f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil))
	loud, quiet := f.groupAs(admin, "热闹群"), f.groupAs(admin, "安静群")
	f.say(loud, "在吗")
	last := f.say(loud, "有人吗").GetEvent().GetId()
	f.say(quiet, "你好")

	require.Equal(t, map[string]int32{loud: 2, quiet: 1}, listedUnread(t, one, api, false))
	require.Equal(t, map[string]int32{loud: 2, quiet: 1}, listedUnread(t, one, api, false), "looking at the list marks nothing")
	marked, err := api.MarkSessionRead(one, &flowdeskv1.MarkSessionReadRequest{Name: "sessions/" + loud, Message: "messages/" + last})
	require.NoError(t, err)
	require.Zero(t, marked.GetUnread())
	require.Equal(t, map[string]int32{loud: 0, quiet: 1}, listedUnread(t, one, api, false))
	require.Equal(t, map[string]int32{quiet: 1}, listedUnread(t, one, api, true))
	require.Equal(t, map[string]int32{loud: 2, quiet: 1}, listedUnread(t, two, api, true), "the other's mark is the other's")

	got, err := api.GetSession(two, &flowdeskv1.GetSessionRequest{Name: "sessions/" + loud})
	require.NoError(t, err)
	require.EqualValues(t, 2, got.GetSession().GetUnread())
	unread, err := api.MarkSessionUnread(one, &flowdeskv1.MarkSessionUnreadRequest{Name: "sessions/" + loud})
	require.NoError(t, err)
	require.EqualValues(t, 1, unread.GetUnread())

	other, err := api.ListMessages(one, &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + quiet})
	require.NoError(t, err)
	for _, message := range []string{other.GetMessages()[0].GetName(), "zzzz"} {
		_, err = api.MarkSessionRead(one, &flowdeskv1.MarkSessionReadRequest{Name: "sessions/" + loud, Message: message})
		refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	}
	_, err = api.MarkSessionUnread(one, &flowdeskv1.MarkSessionUnreadRequest{Name: "sessions/" + f.groupAs(admin, "空群")})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	_, err = api.MarkSessionUnread(one, &flowdeskv1.MarkSessionUnreadRequest{Name: "sessions/nobody"})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)
	records, _, err := f.store.ListAudit(t.Context(), storage.AuditFilter{Method: "SessionService.MarkSessionRead"}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, records, "reading leaves no record")
}

// Who watches sessions hears what is unread for them.
func TestAWatchTellsWhatIsUnread(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.publish(t.Context(), "hears", hears)
	group := f.group("买家群")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stream, err := flowdeskv1.NewSessionServiceClient(f.conn).WatchSessions(ctx, &flowdeskv1.WatchSessionsRequest{})
	require.NoError(t, err)
	_, err = stream.Recv() // it is there
	require.NoError(t, err)
	f.say(group, "在吗")
	for {
		report, err := stream.Recv()
		require.NoError(t, err)
		if s := report.GetSession(); s.GetId() == group {
			require.EqualValues(t, 1, s.GetUnread())
			return
		}
	}
}

// Who watches a session hears of its notes, and of no other's.
func TestAWatchTellsOfNotes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.publish(t.Context(), "hears", hears)
	api, group, other := flowdeskv1.NewSessionServiceClient(f.conn), f.group("买家群"), f.group("别的群")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	stream, err := api.WatchMessages(ctx, &flowdeskv1.WatchMessagesRequest{Session: "sessions/" + group})
	require.NoError(t, err)
	beat, err := stream.Recv() // it is there
	require.NoError(t, err)
	next := func() *flowdeskv1.WatchMessagesResponse {
		report, err := stream.Recv()
		require.NoError(t, err)
		return report
	}
	create := func(group, text string) *flowdeskv1.SessionNote {
		made, err := api.CreateSessionNote(ctx, &flowdeskv1.CreateSessionNoteRequest{Parent: "sessions/" + group, SessionNote: &flowdeskv1.SessionNote{Text: text}})
		require.NoError(t, err)
		return made.GetSessionNote()
	}
	create(other, "不相干")
	note := create(group, "先别催")
	require.True(t, proto.Equal(note, next().GetSessionNote()))
	changed, err := api.UpdateSessionNote(ctx, &flowdeskv1.UpdateSessionNoteRequest{SessionNote: &flowdeskv1.SessionNote{Name: note.GetName(), Text: "查到了"}})
	require.NoError(t, err)
	require.True(t, proto.Equal(changed.GetSessionNote(), next().GetSessionNote()))
	_, err = api.DeleteSessionNote(ctx, &flowdeskv1.DeleteSessionNoteRequest{Name: note.GetName()})
	require.NoError(t, err)
	require.Equal(t, note.GetName(), next().GetDeletedNote())

	// Who was away for all of that hears of it when the watch goes on.
	stream, err = api.WatchMessages(ctx, &flowdeskv1.WatchMessagesRequest{ResumeToken: beat.GetResumeToken(), Session: "sessions/" + group})
	require.NoError(t, err)
	require.NotNil(t, next().GetHeartbeat())
	require.Equal(t, note.GetName(), next().GetDeletedNote())
}

func TestANoteIsForColleaguesAlone(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	f.publish(admin, "hears", hears)
	api, group := flowdeskv1.NewSessionServiceClient(f.conn), f.groupAs(admin, "买家群")
	f.say(group, "在吗")
	before, err := f.store.LoadSession(t.Context(), group)
	require.NoError(t, err)
	author, colleague := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, nil, nil)), f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, nil, nil))
	made, err := api.CreateSessionNote(author, &flowdeskv1.CreateSessionNoteRequest{
		Parent: "sessions/" + group, SessionNote: &flowdeskv1.SessionNote{Text: "只给同事看", Author: "users/forged"}, NoteId: "11111111-aaaa",
	})
	require.NoError(t, err)
	note := made.GetSessionNote()
	require.Equal(t, "notes/11111111-aaaa", note.GetName())
	require.Contains(t, note.GetAuthor(), "apiKeys/")
	require.Equal(t, "ACCESS_ROLE_ATTENDANT", note.GetAuthorTitle())

	// Neither the group nor a flow hears of it: nothing is queued, no message stands in the conversation, and the turn that tells those who watch
	// does nothing and does not know what it says.
	after, err := f.store.LoadSession(t.Context(), group)
	require.NoError(t, err)
	require.Equal(t, before.Turns, after.Turns[:len(after.Turns)-1])
	told := &flowdeskv1.Turn{}
	require.NoError(t, proto.Unmarshal(after.Turns[len(after.Turns)-1], told))
	require.Equal(t, "11111111-aaaa", told.GetEvent().GetNote().GetNote())
	require.Empty(t, told.GetEffects())
	require.Empty(t, told.GetTraces())
	f.say(group, "还在吗")
	after, err = f.store.LoadSession(t.Context(), group)
	require.NoError(t, err)
	for _, turn := range append(after.Turns, after.Snapshot) {
		require.NotContains(t, string(turn), "只给同事看")
	}
	commands, _, err := f.store.ListCommands(t.Context(), storage.CommandFilter{Session: group}, storage.Page{})
	require.NoError(t, err)
	require.Empty(t, commands)
	messages, err := api.ListMessages(admin, &flowdeskv1.ListMessagesRequest{Parent: "sessions/" + group})
	require.NoError(t, err)
	require.Len(t, messages.GetMessages(), 2)

	list, err := api.ListSessionNotes(colleague, &flowdeskv1.ListSessionNotesRequest{Parent: "sessions/" + group, Since: timestamppb.New(morning().Add(-time.Hour))})
	require.NoError(t, err)
	require.Len(t, list.GetSessionNotes(), 1)
	require.Equal(t, "ACCESS_ROLE_ATTENDANT", list.GetSessionNotes()[0].GetAuthorTitle())
	list, err = api.ListSessionNotes(colleague, &flowdeskv1.ListSessionNotesRequest{Parent: "sessions/" + group, Since: timestamppb.New(morning().Add(time.Hour))})
	require.NoError(t, err)
	require.Empty(t, list.GetSessionNotes())
}

func TestANoteIsChangedByItsAuthorOrAnAdmin(t *testing.T) {
	t.Parallel()
	f := newClosed(t)
	admin := f.admin()
	api, group := flowdeskv1.NewSessionServiceClient(f.conn), f.groupAs(admin, "买家群")
	author, colleague := f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT, nil, nil)), f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR, nil, nil))
	create := func(ctx context.Context, text, id string) (*flowdeskv1.SessionNote, error) {
		made, err := api.CreateSessionNote(ctx, &flowdeskv1.CreateSessionNoteRequest{
			Parent: "sessions/" + group, SessionNote: &flowdeskv1.SessionNote{Text: text}, NoteId: id,
		})
		return made.GetSessionNote(), err
	}
	note, err := create(author, "初稿", "22222222")
	require.NoError(t, err)
	again, err := create(author, "初稿", "22222222")
	require.NoError(t, err, "a repetition is harmless")
	require.True(t, proto.Equal(note, again))
	_, err = create(author, "别的", "22222222")
	refused(t, err, codes.AlreadyExists, flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_EXISTS)
	_, err = create(f.as(f.key(flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER, nil, nil)), "看客", "")
	require.Equal(t, codes.PermissionDenied, status.Code(err))

	change := func(ctx context.Context, text, etag string) (*flowdeskv1.SessionNote, error) {
		changed, err := api.UpdateSessionNote(ctx, &flowdeskv1.UpdateSessionNoteRequest{SessionNote: &flowdeskv1.SessionNote{Name: note.GetName(), Text: text, Etag: etag}})
		return changed.GetSessionNote(), err
	}
	_, err = change(colleague, "改写", "")
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	changed, err := change(author, "二稿", note.GetEtag())
	require.NoError(t, err)
	require.Equal(t, "二稿", changed.GetText())
	require.Equal(t, note.GetAuthor(), changed.GetAuthor())
	require.True(t, changed.GetUpdateTime().AsTime().After(note.GetCreateTime().AsTime()))
	_, err = change(author, "三稿", note.GetEtag())
	refused(t, err, codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH)
	byAdmin, err := change(admin, "管理员改", "")
	require.NoError(t, err)
	require.Equal(t, note.GetAuthor(), byAdmin.GetAuthor(), "the author stays")

	_, err = api.DeleteSessionNote(colleague, &flowdeskv1.DeleteSessionNoteRequest{Name: note.GetName()})
	refused(t, err, codes.PermissionDenied, flowdeskv1.ErrorReason_ERROR_REASON_PERMISSION_DENIED)
	_, err = api.DeleteSessionNote(author, &flowdeskv1.DeleteSessionNoteRequest{Name: note.GetName()})
	require.NoError(t, err)
	_, err = api.GetSessionNote(author, &flowdeskv1.GetSessionNoteRequest{Name: note.GetName()})
	refused(t, err, codes.NotFound, flowdeskv1.ErrorReason_ERROR_REASON_NOT_FOUND)

	records, _, err := f.store.ListAudit(t.Context(), storage.AuditFilter{Resource: note.GetName()}, storage.Page{})
	require.NoError(t, err)
	var done []string
	for _, r := range records {
		done = append(done, strings.TrimPrefix(r.GetMethod(), "SessionService."))
		for _, text := range []string{r.GetRequest(), r.GetBefore(), r.GetAfter()} {
			require.NotContains(t, text, "稿", "the record outlives the note, and so it leaves the text out")
		}
	}
	require.Contains(t, done, "CreateSessionNote")
	require.Contains(t, done, "DeleteSessionNote")
	require.True(t, access.Rules()[flowdeskv1.SessionService_UpdateSessionNote_FullMethodName].Recorded())
}

// A text is counted as readers see it, and what is refused says by how much.
func TestANoteIsAsLongAsReadersSeeIt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api, group := flowdeskv1.NewSessionServiceClient(f.conn), f.group("买家群")
	for _, c := range []struct {
		name, text string
		says       string // empty when it is taken
	}{
		{"just so", strings.Repeat("字", 4000), ""},
		{"one too many", strings.Repeat("字", 4001), "session_note.text: it has 4001 characters"},
		{"families are one each", strings.Repeat("👨‍👩‍👧", 3000), ""},
		{"families too many", strings.Repeat("👨‍👩‍👧", 2801) + strings.Repeat("a", 1200), "session_note.text: it has 4001 characters"},
		{"out of bounds", strings.Repeat("👨‍👩‍👧", 4000), "16000"},
		{"nothing", " \n　", "session_note.text: a note needs a text"},
	} {
		_, err := api.CreateSessionNote(t.Context(), &flowdeskv1.CreateSessionNoteRequest{
			Parent: "sessions/" + group, SessionNote: &flowdeskv1.SessionNote{Text: c.text},
		})
		if c.says == "" {
			require.NoError(t, err, c.name)
			continue
		}
		refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
		require.ErrorContains(t, err, c.says, c.name)
	}
}
