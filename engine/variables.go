package engine

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

var stringsType = reflect.TypeFor[[]string]() //nolint:gochecknoglobals // a constant

// maxVariable is the greatest size of a variable as JSON.
const maxVariable = 256 << 10

// Assign writes a variable with an evaluated value.
func (r *Run) Assign(name string, value ref.Val) error {
	json, err := jsonOf(value)
	if err != nil {
		return fmt.Errorf("variable %s: %w", name, err)
	}
	return r.SetVariable(name, json)
}

func (in *instance) setVariable(name, json string) error {
	i, ok := in.program.variables[name]
	if !ok {
		return fmt.Errorf("no variable %s", name)
	}
	if len(json) > maxVariable {
		return fmt.Errorf("variable %s: %d bytes are more than %d", name, len(json), maxVariable)
	}
	value, err := valueOf(json, in.program.Variables[i].Type)
	if err != nil {
		return fmt.Errorf("variable %s: %w", name, err)
	}
	in.values[i] = value
	in.trace.Variables = replace(in.trace.GetVariables(), &flowdeskv1.VariableValue{Name: name, Json: json}, func(v *flowdeskv1.VariableValue) bool {
		return v.GetName() == name
	})
	return nil
}

// jsonOf is a variable's value as canonical JSON: timestamps as RFC 3339, durations as seconds with an s.
func jsonOf(value ref.Val) (string, error) {
	var native any
	switch v := value.(type) {
	case types.String:
		native = string(v)
	case types.Int:
		native = int64(v)
	case types.Double:
		native = float64(v)
	case types.Bool:
		native = bool(v)
	case types.Timestamp:
		native = v.Time.UTC().Format(time.RFC3339Nano)
	case types.Duration:
		native = seconds(v)
	default:
		list, err := value.ConvertToNative(stringsType)
		if err != nil {
			return "", fmt.Errorf("%s is no type of a variable", value.Type().TypeName())
		}
		native = list
	}
	data, err := json.Marshal(native)
	return string(data), err
}

// valueOf reads a variable's value from JSON. A text is taken for a number and a number for a text only where nothing is lost: models
// and services are careless about quotes.
func valueOf(text string, kind flowdeskv1.VariableType) (ref.Val, error) {
	var native any
	if err := json.Unmarshal([]byte(text), &native); err != nil {
		return nil, fmt.Errorf("read %s: %w", cut(text, 40), err)
	}
	plain, isText := native.(string)
	if !isText {
		plain = text
	}
	switch kind {
	case flowdeskv1.VariableType_VARIABLE_TYPE_STRING:
		return types.String(plain), nil
	case flowdeskv1.VariableType_VARIABLE_TYPE_INT:
		n, err := strconv.ParseInt(plain, 10, 64)
		return types.Int(n), err
	case flowdeskv1.VariableType_VARIABLE_TYPE_DOUBLE:
		f, err := strconv.ParseFloat(plain, 64)
		return types.Double(f), err
	case flowdeskv1.VariableType_VARIABLE_TYPE_BOOL:
		b, err := strconv.ParseBool(plain)
		return types.Bool(b), err
	case flowdeskv1.VariableType_VARIABLE_TYPE_TIMESTAMP:
		t, err := time.Parse(time.RFC3339Nano, plain)
		return types.Timestamp{Time: t}, err
	case flowdeskv1.VariableType_VARIABLE_TYPE_DURATION:
		d, err := time.ParseDuration(plain)
		return types.Duration{Duration: d}, err
	case flowdeskv1.VariableType_VARIABLE_TYPE_STRING_LIST:
		var list []string
		err := json.Unmarshal([]byte(text), &list)
		return types.DefaultTypeAdapter.NativeToValue(list), err
	default:
		return nil, fmt.Errorf("%s is no type of a variable", kind)
	}
}

// seconds is a length of time as seconds with an s.
func seconds(d types.Duration) string {
	return strconv.FormatFloat(d.Duration.Seconds(), 'f', -1, 64) + "s"
}

// show is a value as people read it in texts and traces.
func show(value ref.Val) string {
	switch v := value.(type) {
	case nil:
		return ""
	case types.String:
		return string(v)
	case types.Timestamp:
		return v.Time.Format(time.RFC3339)
	case types.Duration:
		return seconds(v)
	}
	if s, err := jsonOf(value); err == nil {
		return s
	}
	return fmt.Sprint(value.Value())
}
