package models_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/models/standin"
)

func sentBy(t *testing.T, preset, model string, change func(*models.Request)) map[string]any {
	t.Helper()
	p := provider(t, preset, preset)
	p.Model = model
	w := newWorld(t, setup{providers: []models.Provider{p}})
	req := question("hello")
	half := 0.5
	req.Temperature, req.TopP, req.RequestID = &half, &half, "r1"
	if change != nil {
		change(&req)
	}
	_, err := w.Complete(t.Context(), req)
	require.NoError(t, err)
	var out map[string]any
	sent := w.standins[preset].Ledger()[0]
	require.NoError(t, json.Unmarshal(sent.Body, &out))
	require.Equal(t, preset == "doubao", sent.RequestID == "r1")
	return out
}

func TestDialects(t *testing.T) {
	t.Parallel()
	off, on := map[string]any{"type": "disabled"}, map[string]any{"type": "enabled"}
	for _, c := range []struct {
		preset, model      string
		sampling, thinking bool
		limit              string
		think              any
		format             any
	}{
		{"doubao", "ep-1", true, false, "max_tokens", off, "json_object"},
		{"doubao", "ep-1", true, true, "max_tokens", on, "json_object"},
		{"deepseek", "deepseek-flash", true, false, "max_tokens", off, "json_object"},
		{"kimi", "kimi-k2.6", false, false, "max_completion_tokens", off, "json_schema"},
		{"kimi", "kimi-k3", false, false, "max_completion_tokens", nil, "json_schema"},
		{"ollama", "qwen", true, false, "max_tokens", nil, "json_schema"},
		{"vllm", "qwen", true, true, "max_tokens", nil, "json_schema"},
		{"generic", "any", true, false, "max_tokens", nil, nil},
	} {
		sent := sentBy(t, c.preset, c.model, func(r *models.Request) { r.Thinking = c.thinking })
		require.Equal(t, c.model, sent["model"])
		require.Equal(t, c.sampling, sent["temperature"] != nil, c.preset)
		require.Equal(t, c.sampling, sent["top_p"] != nil, c.preset)
		require.InDelta(t, 200, sent[c.limit], 0, c.preset)
		require.Equal(t, c.think, sent["thinking"], c.preset)
		require.Nil(t, sent["response_format"], c.preset)

		sent = sentBy(t, c.preset, c.model, func(r *models.Request) { r.Output = typed(t).Output })
		format, _ := sent["response_format"].(map[string]any)
		require.Equal(t, c.format, format["type"], c.preset)
		system := fmt.Sprint(sent["messages"].([]any)[0])
		require.Contains(t, system, "JSON", "DeepSeek wants the word")
		require.Equal(t, c.format != "json_schema", strings.Contains(system, "complaint"), "the schema stands in the prompt where it has no field")
	}
}

func TestPresets(t *testing.T) {
	t.Parallel()
	all, err := models.Presets()
	require.NoError(t, err)
	require.Len(t, all, 6)
	for name, p := range all {
		require.Empty(t, p.Model, "%s: ids are configuration", name)
		require.True(t, p.Key.Empty(), name)
	}
	_, err = models.Preset("nobody")
	require.ErrorContains(t, err, "deepseek")
}

func TestConfigurationMistakes(t *testing.T) {
	t.Parallel()
	good := provider(t, "kimi", "kimi")
	for name, change := range map[string]func(*models.Config){
		"no model":         func(c *models.Config) { c.Providers[0].Model = "" },
		"no key":           func(c *models.Config) { c.Providers[0].Key = models.Provider{}.Key },
		"no name":          func(c *models.Config) { c.Providers[0].Name = "" },
		"key in address":   func(c *models.Config) { c.Providers[0].Base = "https://x.example/?key=" + key },
		"user in address":  func(c *models.Config) { c.Providers[0].Base = "https://u:" + key + "@x.example/" },
		"JSON mode":        func(c *models.Config) { c.Providers[0].Dialect.JSON = "maybe" },
		"two of a name":    func(c *models.Config) { c.Providers = append(c.Providers, c.Providers[0]) },
		"unknown provider": func(c *models.Config) { c.Default.Providers = []string{"nobody"} },
		"no price": func(c *models.Config) {
			c.Providers[0].Prices, c.Uses = nil, map[string]models.Use{"u": {Providers: []string{"kimi"}, Budget: models.Budget{Money: 1}}}
		},
	} {
		cfg := models.Config{Providers: []models.Provider{good}}
		change(&cfg)
		_, err := models.New(cfg, models.Options{})
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), key, name)
	}
}

func TestKeysAreNeverShown(t *testing.T) {
	t.Parallel()
	shown := func(values ...any) string {
		var b bytes.Buffer
		log := slog.New(slog.NewJSONHandler(&b, nil))
		text := slog.New(slog.NewTextHandler(&b, nil))
		for _, v := range values {
			fmt.Fprintf(&b, "%v\n%+v\n%#v\n%s\n%q\n", v, v, v, v, v)
			log.Info("x", "v", v)
			text.Info("x", "v", v)
			if out, err := json.Marshal(v); err == nil {
				b.Write(out)
			}
		}
		return b.String()
	}
	for _, mode := range standin.Modes() {
		if mode == standin.Hang || mode == standin.StallBody || mode == standin.SlowFirstByte || mode == standin.Endless || mode == standin.Huge {
			continue // tell nothing; the others come at once
		}
		p := provider(t, "kimi", "kimi")
		w := newWorld(t, setup{providers: []models.Provider{p}})
		w.standins["kimi"].SetMode(mode)
		req := question("hello")
		req.Timeout = 200_000_000
		got, err := w.Complete(t.Context(), req)
		values := []any{p, &p, models.Config{Providers: []models.Provider{p}}, got, w.standins["kimi"].Ledger(), w.alerts, w.Health("reply")}
		if err != nil {
			var call *models.CallError
			require.ErrorAs(t, err, &call)
			values = append(values, err, call.Attempts, call.Err, errors.Unwrap(call.Err))
		}
		out := shown(values...)
		require.NotContains(t, out, key, "%s", mode)
		require.NotContains(t, out, key[:12], "%s: a part", mode)
	}
}

func TestDescriptorOutput(t *testing.T) {
	t.Parallel()
	// A recursive message with enums, lists, oneofs and optional fields: no model would write it, but it has everything.
	out, err := models.MessageOutput(&descriptorpb.DescriptorProto{})
	require.NoError(t, err)
	require.Contains(t, string(out.Schema()), "#/$defs/google.protobuf.DescriptorProto")
	require.NoError(t, out.Check([]byte(`{"name":"x","field":[{"name":"a","type":"TYPE_STRING","number":1}],"nestedType":[],"enumType":[],"extensionRange":[],"extension":[],"oneofDecl":[],"reservedRange":[],"reservedName":[]}`)))
	for _, bad := range []string{`{}`, `{"name":1}`, `{"unknown":true}`, `[]`, `"x"`} {
		require.Error(t, out.Check([]byte(bad)), bad)
	}
	simple, err := models.MessageOutput(&durationpb.Duration{})
	require.NoError(t, err)
	require.NotNil(t, simple)
}

func TestSchemasReachNothingOutside(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type":"object","properties":{"a":{"$ref":"file:///etc/passwd"}}}`,
		`{"type":"object","$ref":"http://127.0.0.1/x"}`,
		`{"type":"string"}`, `[]`, `x`, `{"type":"object","properties":1}`, `{"type":"object","properties":{"a":{"pattern":"("}}}`,
		`{"type":"object","description":"` + strings.Repeat("x", 100<<10) + `"}`,
	} {
		_, err := models.SchemaOutput("x", []byte(schema))
		require.Error(t, err, schema[:min(len(schema), 80)])
	}
}
