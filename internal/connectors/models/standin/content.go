package standin

import (
	"encoding/json"
	"strings"
)

// content is what the model says, and why it stopped.
func (s *Server) content(mode Mode, c *chat) (text, finish string) {
	schema := c.schema()
	text = s.good(c, schema)
	switch mode {
	case Blank:
		return " \n\t ", "stop"
	case InvalidJSON:
		return `{"answer": "` + strings.Repeat("x", 10), "stop"
	case WrongJSON:
		return `{"never_asked_for": [1, 2, 3]}`, "stop"
	case Fenced:
		return "Sure! Here it is:\n```json\n" + text + "\n```\nAnything else? {}", "stop"
	case Length:
		return text, "length"
	case Huge:
		return strings.Repeat(text+" ", 1+(2<<20)/(len(text)+1)), "stop"
	case FinishFilter:
		return text, "content_filter"
	case NoCapacity:
		return text, "insufficient_system_resource"
	case Hostile:
		return hostile(c, schema), "stop"
	default:
		return text, "stop"
	}
}

// good answers by the first rule that matches, else with a made-up object or an echo.
func (s *Server) good(c *chat, schema map[string]any) string {
	for _, r := range s.opt.Rules {
		if r.System != nil && !r.System.MatchString(c.system()) {
			continue
		}
		if r.Text == nil {
			return r.Answer
		}
		if m := r.Text.FindStringSubmatchIndex(c.last()); m != nil {
			return string(r.Text.ExpandString(nil, r.Answer, c.last(), m))
		}
	}
	if schema != nil {
		return marshal(sample(schema, schema, "示例", 0))
	}
	return "echo: " + c.last()
}

// hostile obeys the customer, tells what it was told, mentions everybody and links.
func hostile(c *chat, schema map[string]any) string {
	text := c.last() + "\n@所有人 @all <@all> <at user_id=\"all\"></at> http://evil.example/?leak=1 " + c.system()
	if schema != nil {
		return marshal(sample(schema, schema, text, 0))
	}
	return text
}

// schema finds the schema of typed output in the request or its system text.
func (c *chat) schema() map[string]any {
	raw := c.ResponseFormat.JSONSchema.Schema
	if _, after, ok := strings.Cut(c.system(), "JSON Schema:\n"); len(raw) == 0 && ok {
		raw = json.RawMessage(after)
	}
	var out map[string]any
	if len(raw) == 0 || json.NewDecoder(strings.NewReader(string(raw))).Decode(&out) != nil {
		return nil
	}
	return out
}

const maxSampleDepth = 8

// sample makes a value that fits the schema; strings are text where they may be.
func sample(schema, root map[string]any, text string, depth int) any {
	if ref, ok := schema["$ref"].(string); ok {
		defs, _ := root["$defs"].(map[string]any)
		target, _ := defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		return sample(target, root, text, depth+1)
	}
	if options, ok := schema["enum"].([]any); ok && len(options) > 0 {
		return options[0]
	}
	switch schema["type"] {
	case "object":
		out := map[string]any{}
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if p, ok := properties[name.(string)].(map[string]any); ok && depth < maxSampleDepth {
				out[name.(string)] = sample(p, root, text, depth+1) //nolint:forcetypeassert // names are strings
			}
		}
		return out
	case "array":
		return []any{}
	case "string":
		if schema["format"] == "date-time" {
			return "2026-01-05T09:00:00Z"
		}
		if schema["pattern"] != nil {
			return "1s"
		}
		if most, ok := schema["maxLength"].(float64); ok && len([]rune(text)) > int(most) {
			return string([]rune(text)[:int(most)])
		}
		return text
	case "boolean":
		return true
	case "integer", "number":
		if least, ok := schema["minimum"].(float64); ok && least > 0 {
			return least
		}
		return 0
	default:
		return nil
	}
}

func marshal(v any) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return strings.TrimSpace(b.String())
}

// tokens reckons as providers do, roughly: four ASCII bytes or one other character.
func tokens(text string) int {
	ascii, other := 0, 0
	for _, r := range text {
		if r < 0x80 {
			ascii++
		} else {
			other++
		}
	}
	return (ascii+3)/4 + other
}
