package nodes

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type promptOut = *flowdeskv1.LlmPromptOutput

func init() {
	register(llmPrompt, engine.OnResume[*flowdeskv1.LlmPrompt, promptOut](promptAnswered))
}

// llmPrompt asks a model for typed JSON. The answer goes to variables, all of its fields or none.
func llmPrompt(run *engine.Run, cfg *flowdeskv1.LlmPrompt) (promptOut, engine.Port, error) {
	instructions, err := run.Text(cfg, "instructions", cfg.GetInstructions())
	if err != nil {
		return nil, engine.Pending, err
	}
	prompt, err := run.Text(cfg, "prompt", cfg.GetPrompt())
	if err != nil {
		return nil, engine.Pending, err
	}
	schema, err := promptSchema(run, cfg.GetFields())
	if err != nil {
		return nil, engine.Pending, err
	}
	run.Call(&flowdeskv1.Call{
		Kind: flowdeskv1.CallKind_CALL_KIND_MODEL, Timeout: cfg.GetTimeout(), Priority: flowdeskv1.Priority_PRIORITY_MEDIUM,
		Request: &flowdeskv1.Call_Model{Model: &flowdeskv1.ModelRequest{
			Use: cfg.GetModel(), Instructions: instructions, JsonSchema: schema, MaxTokens: cfg.GetMaxTokens(),
			Messages: []*flowdeskv1.ModelMessage{{Role: "user", Text: prompt}},
		}},
	})
	return nil, engine.Pending, nil
}

// promptSchema is the JSON schema of the fields, typed like their variables.
func promptSchema(run *engine.Run, fields []*flowdeskv1.ModelField) (string, error) {
	properties, required := make(map[string]any, len(fields)), make([]string, 0, len(fields))
	for _, f := range fields {
		property := jsonType(run, f.GetVariable())
		if f.GetDescription() != "" {
			property["description"] = f.GetDescription()
		}
		if len(f.GetValues()) > 0 {
			property["enum"] = f.GetValues()
		}
		properties[f.GetVariable()] = property
		required = append(required, f.GetVariable())
	}
	data, err := json.Marshal(map[string]any{"type": "object", "required": required, "properties": properties, "additionalProperties": false})
	if err != nil {
		return "", fmt.Errorf("schema of the answer: %w", err)
	}
	return string(data), nil
}

// jsonType is the JSON schema of a variable's type.
func jsonType(run *engine.Run, variable string) map[string]any {
	for _, v := range run.Program().Definition.GetVariables() {
		if v.GetName() != variable {
			continue
		}
		switch v.GetType() { //nolint:exhaustive // the others are written as texts
		case flowdeskv1.VariableType_VARIABLE_TYPE_BOOL:
			return map[string]any{"type": "boolean"}
		case flowdeskv1.VariableType_VARIABLE_TYPE_INT:
			return map[string]any{"type": "integer"}
		case flowdeskv1.VariableType_VARIABLE_TYPE_DOUBLE:
			return map[string]any{"type": "number"}
		case flowdeskv1.VariableType_VARIABLE_TYPE_STRING_LIST:
			return map[string]any{"type": "array", "items": map[string]any{"type": "string"}}
		}
	}
	return map[string]any{"type": "string"}
}

// promptAnswered puts the answer's fields into their variables.
func promptAnswered(run *engine.Run, cfg *flowdeskv1.LlmPrompt, wake *engine.Wake) (promptOut, engine.Port, error) {
	answer := wake.Event.GetCallAnswer()
	out := &flowdeskv1.LlmPromptOutput{
		Model: answer.GetModel(), Tokens: answer.GetTokens(), CostMicros: answer.GetCostMicros(), Reason: answer.GetReason(),
		PromptDigest: fmt.Sprintf("%016x", engine.Digest("prompt", cfg.GetModel(), cfg.GetInstructions(), cfg.GetPrompt())),
	}
	if answer.GetOutcome() != flowdeskv1.CallOutcome_CALL_OUTCOME_OK {
		return out, "failed", nil
	}
	if err := assignFields(run, cfg.GetFields(), answer.GetBody()); err != nil {
		out.Reason = err.Error()
		return out, "failed", nil //nolint:nilerr // the port says it
	}
	return out, engine.Out, nil
}

func assignFields(run *engine.Run, fields []*flowdeskv1.ModelField, body string) error {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(body), &document); err != nil {
		return fmt.Errorf("the model's answer is no JSON object: %w", err)
	}
	for _, f := range fields {
		value, ok := document[f.GetVariable()]
		if !ok {
			return fmt.Errorf("the model's answer has no field %s", f.GetVariable())
		}
		var text string
		if len(f.GetValues()) > 0 && (json.Unmarshal(value, &text) != nil || !slices.Contains(f.GetValues(), text)) {
			return fmt.Errorf("the model's answer has a value of %s that is not allowed", f.GetVariable())
		}
	}
	for _, f := range fields {
		if err := run.SetVariable(f.GetVariable(), string(document[f.GetVariable()])); err != nil {
			return fmt.Errorf("the model's answer: %w", err)
		}
	}
	return nil
}
