package models

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Provider is one way to reach one model: who, where, with which key, in which dialect, at what price.
type Provider struct {
	Name    string        `yaml:"name"`
	Base    string        `yaml:"base"` // for example https://api.deepseek.com; may hold no key
	Key     secret.String `yaml:"key"`
	Model   string        `yaml:"model"`
	Account string        `yaml:"account"` // providers of one account share its limits; default is the name
	Dialect Dialect       `yaml:"dialect"`
	Limits  Limits        `yaml:"limits"`
	// Prices by model id; "*" is for every other. Without one for its model, a provider is out of bounds for uses that
	// have a budget in money.
	Prices map[string]Price `yaml:"prices"`
	// Models are ids seen at the provider, as suggestions for a form. The list is not a limit.
	Models []string `yaml:"models"`
}

// Dialect is how a provider differs from the common request and answer.
type Dialect struct {
	NoKey         bool             `yaml:"no_key"`      // works without a key
	Temperature   bool             `yaml:"temperature"` // the field may be sent
	TopP          bool             `yaml:"top_p"`
	MaxTokens     string           `yaml:"max_tokens"`   // name of the field for the output bound
	ThinkingOn    map[string]any   `yaml:"thinking_on"`  // merged into the body when thinking is wanted
	ThinkingOff   map[string]any   `yaml:"thinking_off"` // ... when it is not
	AlwaysThinks  []string         `yaml:"always_thinks"`
	JSON          JSONMode         `yaml:"json"`
	RequestID     string           `yaml:"request_id"` // name of a header for our request id
	Extra         map[string]any   `yaml:"extra"`      // merged into every body
	Usage         UsagePaths       `yaml:"usage"`
	Errors        []ErrorRule      `yaml:"errors"`
	FinishClasses map[string]Class `yaml:"finish"` // finish reasons that are failures
	FirstByte     time.Duration    `yaml:"first_byte"`
}

// JSONMode is how a provider is told that the output is JSON.
type JSONMode string

// The modes, from the strongest to the weakest.
const (
	JSONSchema JSONMode = "schema" // response_format json_schema
	JSONObject JSONMode = "object" // response_format json_object, the schema in the prompt
	JSONPrompt JSONMode = "prompt" // the prompt alone
)

// UsagePaths are places in the answer, first hit wins: names joined by dots, a number for an index.
type UsagePaths struct {
	At        []string `yaml:"at"`
	Cached    []string `yaml:"cached"`    // within usage
	Reasoning []string `yaml:"reasoning"` // within usage
}

// ErrorRule gives answers with this status, and with one of these codes or types if any are named, a class. A name matches
// a code or type that is equal or goes on with a dot. The first rule that fits counts.
type ErrorRule struct {
	Status int      `yaml:"status"` // 0 is any
	Codes  []string `yaml:"codes"`
	Class  Class    `yaml:"class"`
}

// Limits are what we allow ourselves per account.
type Limits struct {
	PerMinute  int `yaml:"per_minute"` // 0 is no limit
	Concurrent int `yaml:"concurrent"` // 0 is no limit
	MaxOutput  int `yaml:"max_output"` // tokens asked for when the request does not say; default 1024
}

const (
	defaultMaxOutput = 1024
	defaultFirstByte = 30 * time.Second
)

// check completes the provider with defaults and says what is missing.
func (p *Provider) check() error {
	if p.Name == "" {
		return errors.New("provider without a name")
	}
	u, err := url.Parse(p.Base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return fmt.Errorf("provider %s: base must be an http address without user and query", p.Name)
	}
	if p.Model == "" {
		return fmt.Errorf("provider %s: no model id", p.Name)
	}
	if p.Key.Empty() && !p.Dialect.NoKey {
		return fmt.Errorf("provider %s: no key", p.Name)
	}
	if p.Account == "" {
		p.Account = p.Name
	}
	d := &p.Dialect
	if d.MaxTokens == "" {
		d.MaxTokens = "max_tokens"
	}
	switch d.JSON {
	case "":
		d.JSON = JSONPrompt
	case JSONSchema, JSONObject, JSONPrompt:
	default:
		return fmt.Errorf("provider %s: unknown JSON mode %q", p.Name, d.JSON)
	}
	if len(d.Usage.At) == 0 {
		d.Usage = UsagePaths{
			At:        []string{"usage", "choices.0.usage"},
			Cached:    []string{"prompt_tokens_details.cached_tokens", "prompt_cache_hit_tokens", "cached_tokens"},
			Reasoning: []string{"completion_tokens_details.reasoning_tokens"},
		}
	}
	if d.FirstByte <= 0 {
		d.FirstByte = defaultFirstByte
	}
	if p.Limits.MaxOutput <= 0 {
		p.Limits.MaxOutput = defaultMaxOutput
	}
	return nil
}

// price returns the price of the provider's model, if it is known.
func (p *Provider) price() (Price, bool) {
	if v, ok := p.Prices[p.Model]; ok {
		return v, true
	}
	v, ok := p.Prices["*"]
	return v, ok
}
