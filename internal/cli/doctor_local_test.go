package cli

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRemediesOfADatabaseAreSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	found := errors.New("open database: PostgreSQL at 127.0.0.1:5432 refuses: sorry (SQLSTATE 53300): raise max_connections of the server, or end other clients")
	for language, want := range map[Language]string{
		English: "raise max_connections of the server, or end other clients", Chinese: "调大数据库的 max_connections，或结束其他客户端",
	} {
		remedy, trouble := (&doctor{Shell: &Shell{Language: language}}).remedied(found)
		require.Equal(t, want, remedy)
		require.EqualError(t, trouble, "open database: PostgreSQL at 127.0.0.1:5432 refuses: sorry (SQLSTATE 53300)")
	}
	remedy, trouble := (&doctor{Shell: &Shell{}}).remedied(nil)
	require.NoError(t, trouble)
	require.Empty(t, remedy)
}
