package server_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// A command waits again after an attempt. Its text may change when that attempt surely failed, and stays when it may have been said.
func TestATextStaysThatMayHaveBeenSaid(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api, group := flowdeskv1.NewQueueServiceClient(f.conn), f.group("买家群")
	const queued, failed = flowdeskv1.CommandState_COMMAND_STATE_QUEUED, flowdeskv1.CommandState_COMMAND_STATE_FAILED
	for name, tt := range map[string]struct {
		attempt *flowdeskv1.CommandAttempt
		stays   bool
	}{
		"the platform did not take it":        {attempt: &flowdeskv1.CommandAttempt{State: failed, Proof: "refused"}},
		"the platform has not got it":         {attempt: &flowdeskv1.CommandAttempt{State: failed, Proof: "lookup"}},
		"the platform says that it failed":    {attempt: &flowdeskv1.CommandAttempt{State: failed, PlatformMessage: "p1", ErrorCode: 501}},
		"a person found that it failed":       {attempt: &flowdeskv1.CommandAttempt{State: failed, Proof: "person"}},
		"sent again by its policy":            {attempt: &flowdeskv1.CommandAttempt{State: failed, Proof: "policy"}, stays: true},
		"sent again after it was in doubt":    {attempt: &flowdeskv1.CommandAttempt{State: flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN}, stays: true},
		"sent again after no result came":     {attempt: &flowdeskv1.CommandAttempt{State: flowdeskv1.CommandState_COMMAND_STATE_TIMEOUT}, stays: true},
		"sent again after a person took over": {attempt: &flowdeskv1.CommandAttempt{State: flowdeskv1.CommandState_COMMAND_STATE_MANUAL, Proof: "person"}, stays: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made, err := api.EnqueueCommand(t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: group, Text: "在吗 " + name}})
			require.NoError(t, err)
			tt.attempt.Number = 1
			_, err = f.store.Commit(t.Context(), &storage.Batch{Deliveries: []*storage.Delivery{{
				Command: strings.TrimPrefix(made.GetCommand().GetName(), "commands/"), From: []flowdeskv1.CommandState{queued}, FromAttempts: -1,
				State: queued, Attempts: 1, Attempt: tt.attempt,
			}}})
			require.NoError(t, err)
			changed, err := api.EditCommand(t.Context(), &flowdeskv1.EditCommandRequest{Name: made.GetCommand().GetName(), Text: "在不在"})
			if tt.stays {
				refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_ALREADY_SENT)
				require.ErrorContains(t, err, "attempt 1 may have said it already")
				return
			}
			require.NoError(t, err)
			require.Equal(t, "在不在", changed.GetCommand().GetText())
			require.Len(t, changed.GetCommand().GetEdits(), 1)
		})
	}
}

// A page of commands whose texts were changed as often as may be stays small.
func TestListsLeaveOutWhatTextsWere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api, group := flowdeskv1.NewQueueServiceClient(f.conn), f.group("买家群")
	made, err := api.EnqueueCommand(t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{TargetSession: group, Text: "在吗"}})
	require.NoError(t, err)
	name := made.GetCommand().GetName()
	for n := range 50 {
		_, err := api.EditCommand(t.Context(), &flowdeskv1.EditCommandRequest{Name: name, Text: strings.Repeat(string(rune('😀'+n)), 4000)})
		require.NoError(t, err)
	}
	_, err = api.EditCommand(t.Context(), &flowdeskv1.EditCommandRequest{Name: name, Text: "在不在"})
	refused(t, err, codes.FailedPrecondition, flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE)
	list, err := api.ListCommands(t.Context(), &flowdeskv1.ListCommandsRequest{Session: "sessions/" + group})
	require.NoError(t, err)
	require.Less(t, proto.Size(list), 20_000)
	require.Equal(t, strings.Repeat(string(rune('😀'+49)), 4000), list.GetCommands()[0].GetText())
	whole, err := api.GetCommand(t.Context(), &flowdeskv1.GetCommandRequest{Name: name})
	require.NoError(t, err)
	require.Len(t, whole.GetCommand().GetEdits(), 50)
}
