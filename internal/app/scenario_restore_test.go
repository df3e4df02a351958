package app_test

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// backups are the commands of docs/operations.md on one kind of database.
type backups struct {
	take    func(w *world)
	restore func(w *world) // lets the world use what was restored
}

func asItIs(string) error { return nil }

// onBothWithBackups runs a story on an SQLite file and on a PostgreSQL of its own.
func onBothWithBackups(t *testing.T, story func(w *world, b backups)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		file, saved := filepath.Join(dir, "flowdesk.db"), filepath.Join(dir, "desk.backup")
		b := backups{
			take: func(w *world) { require.NoError(w.t, sqlite.Backup(w.t.Context(), file, saved)) },
			restore: func(w *world) {
				require.ErrorContains(w.t, sqlite.Restore(w.t.Context(), saved, file, asItIs), "move it away first")
				file = filepath.Join(dir, "restored.db")
				require.NoError(w.t, sqlite.Restore(w.t.Context(), saved, file, asItIs))
				w.database = "sqlite:" + file
			},
		}
		scenarioOn(t, "sqlite:"+file, "10:00", func(w *world) { story(w, b) })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server, saved := pgtest.NewServer(t), filepath.Join(t.TempDir(), "desk.dump")
		restored := server.Database("restored")
		run := func(w *world, program string, arguments ...string) {
			output, err := exec.CommandContext(w.t.Context(), filepath.Join(pgtest.Bin(t), program), arguments...).CombinedOutput()
			require.NoError(w.t, err, "%s", output)
		}
		b := backups{
			take: func(w *world) { run(w, "pg_dump", "--format=custom", "--file="+saved, server.URL()) },
			restore: func(w *world) {
				run(w, "pg_restore", "--no-owner", "--exit-on-error", "--dbname="+restored, saved)
				w.database = restored
			},
		}
		scenarioOn(t, server.URL(), "10:00", func(w *world) { story(w, b) })
	})
}

// mark is flowdesk restore on the world's database.
func (w *world) mark(ended time.Time, byHand bool) *storage.Restored {
	w.t.Helper()
	store, err := database.Open(w.t.Context(), database.Setting{Name: w.database})
	require.NoError(w.t, err)
	marked, err := store.MarkRestored(w.t.Context(), ended, byHand)
	require.NoError(w.t, err)
	again, err := store.MarkRestored(w.t.Context(), ended, byHand)
	require.NoError(w.t, err)
	require.Zero(w.t, again.Doubtful+again.Sent, "once is enough")
	require.NoError(w.t, store.Close())
	return marked
}

func (w *world) enqueue(text string, in time.Duration) {
	w.t.Helper()
	_, err := flowdeskv1.NewQueueServiceClient(w.api).EnqueueCommand(w.t.Context(), &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
		TargetSession: w.groups[customerGroup], Text: text, SendTime: timestamppb.New(time.Now().Add(in)),
	}})
	require.NoError(w.t, err)
}

func (w *world) command(text string) *flowdeskv1.Command {
	w.t.Helper()
	for _, c := range w.commands() {
		if c.GetText() == text {
			return c
		}
	}
	require.Fail(w.t, "no command", text)
	return nil
}

// texts are what was said.
func texts(lines []said) (list []string) {
	for _, l := range lines {
		list = append(list, l.text)
	}
	return list
}

// What left after the backup was taken is not in the backup, and the server that is restored from it must not say it again: what the platform
// has is done, what was not due yet leaves at its time, and what was answered in the gap is not answered again.
func TestAfterARestoreNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	onBothWithBackups(t, func(w *world, b backups) {
		w.says("张三", "发票怎么开")
		w.advance(time.Minute)
		require.Equal(w.t, invoiceAnswer, w.alone().text)
		w.enqueue("仓库已发货", time.Minute)
		w.enqueue("明天放假", 3*time.Hour)
		b.take(w)
		w.advance(10 * time.Minute)
		require.Equal(w.t, []string{"仓库已发货"}, texts(w.robotsSaid()))
		w.says("李四", "退款多久到账")
		w.advance(time.Minute)
		require.Len(w.t, w.robotsSaid(), 1)
		w.shut()
		ended := time.Now()
		w.advance(time.Minute)
		w.says("王五", "实名认证怎么弄") // nobody hears it
		w.advance(time.Minute)

		b.restore(w)
		marked := w.mark(ended, false)
		require.Equal(w.t, int64(1), marked.Doubtful)
		require.Equal(w.t, int64(1), marked.Later)
		w.open()
		w.advance(20 * time.Minute)
		lines := in(customerGroup, w.robotsSaid())
		require.Len(w.t, lines, 1, "%v", lines)
		require.Equal(w.t, "王五", lines[0].at, "what was said after the server had ended is read back and answered")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.command("仓库已发货").GetState(), "the platform has it")
		w.advance(3 * time.Hour)
		require.Equal(w.t, []string{"明天放假"}, texts(in(customerGroup, w.robotsSaid())))
	})
}

// A command that somebody sent ahead of its time in the gap is not said again at its time: what the platform has is done, and the others that
// waited go to a person.
func TestAfterARestoreWhatWasSentByHandIsNotSaidTwice(t *testing.T) {
	t.Parallel()
	onBothWithBackups(t, func(w *world, b backups) {
		w.says("张三", "发票怎么开")
		w.advance(time.Minute)
		w.robotsSaid()
		w.enqueue("明天放假", 3*time.Hour)
		w.enqueue("后天上班", 3*time.Hour)
		b.take(w)
		_, err := flowdeskv1.NewQueueServiceClient(w.api).SendCommandNow(w.t.Context(), &flowdeskv1.SendCommandNowRequest{Name: w.command("明天放假").GetName()})
		require.NoError(w.t, err)
		w.advance(10 * time.Minute)
		require.Equal(w.t, []string{"明天放假"}, texts(in(customerGroup, w.robotsSaid())))
		w.shut()
		ended := time.Now()
		w.advance(time.Minute)

		b.restore(w)
		marked := w.mark(ended, true)
		require.Equal(w.t, []int64{2, 0}, []int64{marked.Doubtful, marked.Later})
		w.open()
		w.advance(4 * time.Hour)
		require.Empty(w.t, in(customerGroup, w.robotsSaid()))
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, w.command("明天放假").GetState(), "the platform has it")
		require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, w.command("后天上班").GetState())
		require.Len(w.t, w.tasks(), 1)
	})
}

// What the platform does not have, or does not tell, is not sent again either: a person is told.
func TestAfterARestoreWhatIsNotFoundGoesToAPerson(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]standin.Mode{"it is not in the list": {}, "there is no list": {Status: 500}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBothWithBackups(t, func(w *world, b backups) {
				w.says("张三", "发票怎么开")
				w.advance(time.Minute)
				w.robotsSaid()
				w.enqueue("仓库已发货", time.Minute)
				b.take(w)
				w.shut() // before it was due: it has not left
				w.advance(10 * time.Minute)
				b.restore(w)
				require.Equal(w.t, int64(1), w.mark(time.Now(), false).Doubtful)
				for _, robot := range scenarioRobots() {
					require.NoError(w.t, w.sim.SetMode(robot.GetRobotId(), mode))
				}
				w.open()
				w.advance(30 * time.Minute)
				for _, robot := range scenarioRobots() {
					require.NoError(w.t, w.sim.SetMode(robot.GetRobotId(), standin.Mode{}))
				}
				w.advance(30 * time.Minute)
				require.Empty(w.t, in(customerGroup, w.robotsSaid()))
				require.Equal(w.t, flowdeskv1.CommandState_COMMAND_STATE_UNKNOWN, w.command("仓库已发货").GetState())
				require.Len(w.t, w.tasks(), 1)
				require.Equal(w.t, flowdeskv1.TaskOrigin_TASK_ORIGIN_COMMAND, w.tasks()[0].GetOrigin())
				require.NotContains(w.t, w.command("仓库已发货").GetReason(), "restored", "the reason is that of its end")
			})
		})
	}
}
