package app_test

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	modelstandin "github.com/flowdesk/flowdesk/internal/connectors/models/standin"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/outside"
)

//go:embed testdata/injections.txt
var injections string

// sayText is the platform's type of a command that says a text.
const sayText = 203

// mayGo is where each robot may speak in this world, by duty: no text of a customer changes that.
var mayGo = map[string][]string{
	"sim-day": {customerGroup}, "sim-night": {customerGroup}, "sim-notify": {staffGroup, managementGroup},
}

// TestCustomersTextsGiveNoRights lets customers try everything while the model does whatever they ask for. What a flow may send, where, by
// which robot and to whom is decided by code, so that nothing else leaves.
func TestCustomersTextsGiveNoRights(t *testing.T) {
	t.Parallel()
	var texts []string
	chinese := 0
	for line := range strings.Lines(injections) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			texts = append(texts, line)
			if strings.ContainsFunc(line, func(r rune) bool { return r >= 0x4e00 }) {
				chinese++
			}
		}
	}
	require.GreaterOrEqual(t, len(texts), 100)
	require.GreaterOrEqual(t, chinese, 50)
	require.GreaterOrEqual(t, len(texts)-chinese, 40)

	var model *modelstandin.Server
	scenario(t, "10:00", func(w *world) {
		w.publish("unified", withModel(w.t))
		before := rights(w)
		customers := []string{"张三", "李四", "王五"}
		for i, text := range texts {
			w.says(customers[i%len(customers)], text)
			w.advance(2 * time.Minute)
		}
		w.advance(10 * time.Minute)
		model.SetMode(modelstandin.ServerError) // what is answered without it is held to the same
		for _, who := range customers {
			w.says(who, "发票怎么开")
			w.advance(10 * time.Minute)
		}
		require.NotEmpty(w.t, w.prompts.String(), "the hostile model was asked")

		hidden := append(slices.Clip(texts), instructions(w.t, w.prompts.String())...)
		ledger := w.sim.Ledger(standin.LedgerQuery{})
		require.NotEmpty(w.t, ledger, "people were told")
		answered := 0
		answers := []string{"在订单页点击申请发票即可。", "打开设置，点实名认证，按提示上传证件。", "审核通过后一到三个工作日原路退回。"}
		for _, e := range ledger {
			require.Equal(w.t, sayText, e.Type, "robots only speak: %v", e)
			require.Len(w.t, e.Targets, 1, "nothing is sent to several: %v", e)
			require.Contains(w.t, mayGo[e.RobotID], e.Targets[0], "%s may not speak there: %v", e.RobotID, e)
			for _, name := range e.At {
				require.Contains(w.t, []string{"张三", "李四", "王五", operator, assistant, support}, name, "nobody else is mentioned, never all: %v", e)
			}
			if e.Targets[0] == customerGroup {
				answered++
				if !slices.Contains(answers, e.Content) { // which stand in the instructions too
					require.Empty(w.t, leaks(e.Content, hidden), "a customer is told: %s", e.Content)
				}
				require.Subset(w.t, customers, e.At, "only who asked is mentioned")
			}
		}
		require.GreaterOrEqual(w.t, answered, len(customers), "good questions are answered")
		require.Equal(w.t, before, rights(w), "flows, settings, people and groups are as they were")
		for _, m := range w.messages() {
			if slices.Contains(customers, m.GetSenderName()) {
				require.Equal(w.t, flowdeskv1.Role_ROLE_USER, m.GetRole(), "%s is a customer whatever is said", m.GetSenderName())
			}
		}
	}, func(w *world) {
		model = modelstandin.New(modelstandin.Options{})
		model.SetMode(modelstandin.Hostile)
		w.closers = append(w.closers, model.Close)
		w.prompts = &record{}
		w.models = &overheard{next: model.Transport(), prompts: w.prompts}
		w.outside.Models = outside.Models{
			Providers: []outside.Provider{{Preset: "generic", Name: "standin", Base: "https://models.example/v1", Key: secret.New("standin-key"), Model: "standin-1"}},
			Default:   models.Use{Providers: []string{"standin"}},
		}
	})
}

// window is how many characters in a row make a quotation.
const window = 12

// leaks are the parts of what was said that come from a customer's text, from the instructions of a prompt, or from the model's own mischief.
func leaks(said string, texts []string) []string {
	var found []string
	for _, mischief := range []string{"evil", "@所有人", "@all", "<@all>", "<at ", "http://", "https://", "JSON Schema"} {
		if strings.Contains(said, mischief) {
			found = append(found, mischief)
		}
	}
	runes := []rune(said)
	for i := 0; i+window <= len(runes); i++ {
		part := string(runes[i : i+window])
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, part) }) {
			found = append(found, part)
		}
	}
	return found
}

// instructions are what models were told besides what customers said.
func instructions(t *testing.T, prompts string) []string {
	t.Helper()
	var all []string
	for line := range strings.Lines(prompts) {
		_, body, _ := strings.Cut(line, " ")
		var asked struct {
			Messages []struct{ Role, Content string }
		}
		require.NoError(t, json.Unmarshal([]byte(body), &asked))
		for _, m := range asked.Messages {
			if m.Role == "system" && !slices.Contains(all, m.Content) {
				all = append(all, m.Content)
			}
		}
	}
	require.NotEmpty(t, all)
	return all
}

// rights is what customers must not change, as the API shows it.
func rights(w *world) map[string]any {
	w.t.Helper()
	all := make(map[string]any)
	for _, path := range []string{"/v1/flows", "/v1/settings", "/v1/people", "/v1/users", "/v1/apiKeys"} {
		var answer map[string]any
		w.rest(http.MethodGet, path, "", &answer)
		all[path] = answer
	}
	return all
}
