package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const canary = "sk-canary-0123456789"

type holder struct {
	Name   string
	Key    secret.String
	hidden secret.String
	nested []map[string]secret.String
}

func TestASecretIsNeverShown(t *testing.T) {
	t.Parallel()
	h := holder{Name: "n", Key: secret.New(canary), hidden: secret.New(canary), nested: []map[string]secret.String{{"k": secret.New(canary)}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%T"} {
		for _, v := range []any{h, &h, h.Key, &h.Key, []holder{h}, map[string]holder{"a": h}, fmt.Errorf("wrap: %v: %w", h, errors.ErrUnsupported)} {
			got := fmt.Sprintf(verb, v)
			require.NotContains(t, got, canary, verb)
			require.NotContains(t, got, fmt.Sprintf("%x", canary), verb)
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", h.Key, "holder", h, "ptr", &h)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", h.Key, "holder", h, "ptr", &h)
	asJSON, err := json.Marshal(h)
	require.NoError(t, err)
	asYAML, err := yaml.Marshal(h)
	require.NoError(t, err)
	for _, out := range []string{log.String(), string(asJSON), string(asYAML)} {
		require.NotContains(t, out, canary)
	}
}

func TestASecretIsReadFromConfiguration(t *testing.T) {
	t.Parallel()
	var fromJSON, fromYAML struct {
		Key secret.String `json:"key" yaml:"key"`
	}
	require.NoError(t, json.Unmarshal([]byte(`{"key":"`+canary+`"}`), &fromJSON))
	require.NoError(t, yaml.Unmarshal([]byte("key: "+canary), &fromYAML))
	require.Equal(t, canary, fromJSON.Key.Reveal())
	require.True(t, fromJSON.Key.Equal(fromYAML.Key))
	require.True(t, secret.New("").Empty())
	require.Empty(t, secret.New("").String())
	require.Len(t, fromJSON.Key.Fingerprint(), 8)
}

func TestScrub(t *testing.T) {
	t.Parallel()
	require.Equal(t, "key [secret] is wrong, [secret]", secret.Scrub("key "+canary+" is wrong, "+canary, secret.New(canary)))
	require.Equal(t, "abc", secret.Scrub("abc", secret.New("b"), secret.New("")), "a tiny secret is left, an empty one matches nothing")
}
