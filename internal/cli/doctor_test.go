package cli_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

func nobodyAnswers(t *testing.T) *stranger {
	t.Helper()
	return newStranger(t, func(string, grpc.ServerStream) error { return errors.New("nobody is here") })
}

func TestTheDoctorTriesTheKeysOnTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), mode))
		require.NoError(t, os.Chmod(file, mode)) // whatever the umask is
		return file
	}
	key, other := sealed.NewKey(), sealed.NewKey()
	ring, err := sealed.Parse(key)
	require.NoError(t, err)
	plain, err := sqlite.Open(t.Context(), filepath.Join(dir, "flowdesk.db"))
	require.NoError(t, err)
	store := sealed.New(plain, ring)
	require.NoError(t, store.PutRobot(t.Context(), &storage.RobotRecord{WebhookSecret: "w", Robot: &flowdeskv1.Robot{Id: "day", RobotId: "r"}}, ""))
	require.NoError(t, store.PutValue(t.Context(), "crm", "v", time.Unix(1, 0)))
	require.NoError(t, store.Close())
	s := nobodyAnswers(t)
	for name, c := range map[string]struct {
		env  map[string]string
		says []string
	}{
		"none":          {nil, []string{"- keys ", "serve takes them from --key-file"}},
		"the right one": {map[string]string{"FLOWDESK_KEY_FILE": write("keys", other+"\n"+key, 0o600)}, []string{"✓ keys ", "they open what the database holds: 2"}},
		"another": {map[string]string{"FLOWDESK_KEYS": other}, []string{
			"✗ keys ", "robots/day/webhook: cannot be opened: it was sealed with key", "→ give the keys that this database has had so far, as all its servers have them",
		}},
		"one that all may read": {map[string]string{"FLOWDESK_KEY_FILE": write("open", key, 0o644)}, []string{"✗ keys ", "everybody may read", "→ name the file with the lines"}},
		"one that is not there": {map[string]string{"FLOWDESK_KEY_FILE": filepath.Join(dir, "nowhere")}, []string{"✗ keys ", "no such file"}},
	} {
		c.says = append(c.says, "✓ database ")
		printed, _, _ := s.run(t, c.env, "doctor", "--offline", "--data-dir", dir)
		for _, text := range c.says {
			require.Contains(t, printed, text, name)
		}
	}
	printed, _, _ := s.run(t, map[string]string{"FLOWDESK_KEYS": other, "LANG": "zh_CN.UTF-8"}, "doctor", "--offline", "--data-dir", dir)
	require.Contains(t, printed, "✗ 密钥")
	require.Contains(t, printed, "→ 请提供此数据库一直使用")
}

func TestTheDoctorSaysWhatDoesNotWorkWhileCallbacksAreTaken(t *testing.T) {
	t.Parallel()
	s := nobodyAnswers(t)
	listener := s.network.listen(httpAddress)
	console := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("ready, degraded: the database does not answer; robots' callbacks are kept on disk, everything else is refused\n"))
	})}
	go func() { _ = console.Serve(listener) }()
	t.Cleanup(func() { _ = console.Close() })
	printed, _, _ := s.run(t, map[string]string{"FLOWDESK_CONSOLE": "http://" + httpAddress}, "doctor", "--data-dir", t.TempDir())
	require.Contains(t, printed, "! console ")
	require.Contains(t, printed, "the database does not answer; robots' callbacks are kept on disk")
	require.NotContains(t, printed, "can store")
}

func TestTheDoctorTriesTheDataDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	printed, _, code := nobodyAnswers(t).run(t, nil, "doctor", "--offline", "--data-dir", file)
	require.NotZero(t, code)
	require.Contains(t, printed, "✗ data directory ")
	require.Contains(t, printed, "→ let the server's user write there")
	dir := t.TempDir()
	printed, _, _ = nobodyAnswers(t).run(t, nil, "doctor", "--offline", "--data-dir", dir)
	require.NotContains(t, printed, "data directory")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "it leaves nothing behind")
}
