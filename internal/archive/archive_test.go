package archive_test

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/archive"
)

func TestRowsOfADayStandInOneFile(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 5, 23, 59, 0, 0, time.FixedZone("", -8*3600))
	d := archive.Directory{Path: filepath.Join(t.TempDir(), "archive"), Now: func() time.Time { return at }}
	require.NoError(t, d.Put("messages", [][]byte{[]byte(`{"id":"1"}`), []byte(`{"id":"2"}`)}))
	require.NoError(t, d.Put("messages", [][]byte{[]byte(`{"id":"3"}`)}))
	name := filepath.Join(d.Path, "messages-20260106.jsonl.gz")
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	file, err := os.Open(name)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	reader, err := gzip.NewReader(file)
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	require.Equal(t, []string{`{"id":"1"}`, `{"id":"2"}`, `{"id":"3"}`}, strings.Fields(string(text)))
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.Error(t, archive.Directory{Path: file, Now: time.Now}.Put("messages", nil))
}
