package app_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/storage"
)

// What is old leaves while the conversation goes on: its state outlives its turns, over a restart too.
func TestOldTurnsAndMessagesLeave(t *testing.T) {
	t.Parallel()
	scenarioOnBoth(t, "10:00", func(w *world) {
		w.says("张三", "发票怎么开")
		w.advance(time.Minute)
		require.Equal(t, invoiceAnswer, w.alone().text)
		session := w.groups[customerGroup]
		old := w.messages()
		require.NotEmpty(t, old)

		w.shut()
		time.Sleep(16 * 24 * time.Hour) // past the end of the week and the day for which everything is kept
		w.open()
		w.says("李四", "退款多久到账")
		w.advance(time.Minute)
		young := len(w.messages()) - len(old)
		require.Positive(t, young)
		before, err := w.app.Store.GetSession(w.t.Context(), session)
		require.NoError(w.t, err)
		day, archive := 24*time.Hour, filepath.Join(t.TempDir(), "archive")
		keep := app.Retention{Turns: day, Messages: day, Runs: day, Facts: day, Archive: archive}
		require.NoError(w.t, w.app.Expire(w.t.Context(), keep))

		require.Len(w.t, w.messages(), young, "what is young stays")
		_, err = w.app.Store.GetTurn(w.t.Context(), session, 0)
		require.ErrorIs(w.t, err, storage.ErrNotFound)
		for _, table := range []string{"messages", "flow_execution_logs", "flow_instances", "robot_command_queue"} {
			files, err := filepath.Glob(filepath.Join(archive, table+"-*.jsonl.gz"))
			require.NoError(w.t, err)
			require.Len(w.t, files, 1, table)
			info, err := os.Stat(files[0])
			require.NoError(w.t, err)
			require.Positive(w.t, info.Size())
		}

		w.shut()
		w.open()
		w.says("王五", "实名认证怎么弄")
		w.advance(time.Minute)
		after, err := w.app.Store.GetSession(w.t.Context(), session)
		require.NoError(w.t, err)
		require.Greater(w.t, after.GetVersion(), before.GetVersion())
		require.Greater(w.t, after.GetMessageCount(), before.GetMessageCount(), "the session remembers what its turns told")
		require.NoError(w.t, w.app.Expire(w.t.Context(), keep), "a second time there is nothing to do")
	})
}
