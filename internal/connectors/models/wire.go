package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// body writes the request in the provider's dialect. Names are sorted by encoding/json, so equal requests give equal bytes.
func (p *Provider) body(r *Request, messages []Message) ([]byte, error) {
	d := &p.Dialect
	out := map[string]any{}
	maps.Copy(out, d.Extra)
	list := make([]map[string]string, 0, len(messages)+1)
	// The fixed part stands first: providers cache equal beginnings.
	if system := p.system(r); system != "" {
		list = append(list, map[string]string{"role": "system", "content": system})
	}
	for _, m := range messages {
		list = append(list, map[string]string{"role": string(m.Role), "content": m.Text})
	}
	out["model"], out["messages"], out["stream"] = p.Model, list, false
	out[d.MaxTokens] = p.maxOutput(r)
	if r.Temperature != nil && d.Temperature {
		out["temperature"] = *r.Temperature
	}
	if r.TopP != nil && d.TopP {
		out["top_p"] = *r.TopP
	}
	if !p.alwaysThinks() {
		if r.Thinking {
			maps.Copy(out, d.ThinkingOn)
		} else {
			maps.Copy(out, d.ThinkingOff)
		}
	}
	if r.Output != nil {
		switch d.JSON {
		case JSONSchema:
			out["response_format"] = map[string]any{"type": "json_schema", "json_schema": map[string]any{
				"name": r.Output.name, "schema": r.Output.schema, "strict": true,
			}}
		case JSONObject:
			out["response_format"] = map[string]any{"type": "json_object"}
		case JSONPrompt:
		}
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write request for %s: %w", p.Name, err)
	}
	return raw, nil
}

func (p *Provider) system(r *Request) string {
	if r.Output == nil {
		return r.System
	}
	text := "Answer with exactly one JSON object and nothing else."
	if p.Dialect.JSON != JSONSchema {
		text += " It must satisfy this JSON Schema:\n" + string(r.Output.schema)
	}
	return strings.TrimSpace(r.System + "\n\n" + text)
}

func (p *Provider) maxOutput(r *Request) int {
	if r.MaxOutputTokens > 0 {
		return r.MaxOutputTokens
	}
	return p.Limits.MaxOutput
}

func (p *Provider) alwaysThinks() bool {
	return slices.ContainsFunc(p.Dialect.AlwaysThinks, func(prefix string) bool { return strings.HasPrefix(p.Model, prefix) })
}

// reply is what was read of an answer.
type reply struct {
	text     string
	finish   string
	usage    Usage
	hasUsage bool
}

var errNoChoice = errors.New("the answer is not a chat completion")

// read reads an answer of status 200. failed is set if it holds an error instead.
func (p *Provider) read(raw []byte) (out reply, failed bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(raw)) // skips the empty lines that keep a connection alive
	dec.UseNumber()
	var top map[string]any
	if err := dec.Decode(&top); err != nil {
		return reply{}, false, fmt.Errorf("%w: %w", errNoChoice, err)
	}
	out.usage, out.hasUsage = p.usage(top)
	message, ok := at(top, "choices.0.message").(map[string]any)
	if !ok {
		if top["error"] != nil {
			return out, true, nil
		}
		return out, false, errNoChoice
	}
	out.text = content(message["content"])
	out.finish, _ = at(top, "choices.0.finish_reason").(string)
	return out, false, nil
}

// content is a text, null, or a list of parts.
func content(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, part := range v {
			if m, ok := part.(map[string]any); ok && m["type"] == "text" {
				s, _ := m["text"].(string)
				b.WriteString(s)
			}
		}
		return b.String()
	default:
		return ""
	}
}

func (p *Provider) usage(top map[string]any) (Usage, bool) {
	paths := p.Dialect.Usage
	for _, path := range paths.At {
		u, ok := at(top, path).(map[string]any)
		if !ok {
			continue
		}
		out := Usage{Input: number(u["prompt_tokens"]), Output: number(u["completion_tokens"])}
		out.Cached = first(u, paths.Cached)
		out.Reasoning = first(u, paths.Reasoning)
		return out, out.Input > 0 || out.Output > 0
	}
	return Usage{}, false
}

func first(u map[string]any, paths []string) int64 {
	for _, path := range paths {
		if n := number(at(u, path)); n > 0 {
			return n
		}
	}
	return 0
}

// at walks v along a path of names and indices.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil
			}
			v = in[i]
		default:
			return nil
		}
	}
	return v
}

// maxTokens bounds what a provider may claim to have used.
const maxTokens = 1 << 40

func number(v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	f, err := n.Float64()
	if err != nil || f < 0 || f > maxTokens {
		return 0
	}
	return int64(f)
}
