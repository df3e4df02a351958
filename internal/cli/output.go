package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"text/template"

	"github.com/itchyny/gojq"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// row is one line of what a person is shown of a single thing.
type row struct{ label, text string }

// row makes one, with its label in the language.
func (sh *Shell) row(label, text string) row { return row{sh.say(label), text} }

// forPrograms reports whether the result is asked for in a form for programs.
func (sh *Shell) forPrograms() bool {
	return sh.remote.Output != "table" || sh.remote.JQ != "" || sh.remote.Template != ""
}

// show writes one thing: to people by calling people, else in the form that was asked for.
func (sh *Shell) show(m proto.Message, people func() error) error {
	if !sh.forPrograms() {
		return people()
	}
	return sh.emit(m)
}

// showRows writes one thing, to people as rows.
func (sh *Shell) showRows(m proto.Message, rows ...row) error {
	return sh.show(m, func() error { return sh.write(pairs(rows)) })
}

// done writes what became of a thing: to people as a sentence.
func (sh *Shell) done(m proto.Message, english string, values ...any) error {
	return sh.show(m, func() error {
		sh.print(english, values...)
		return nil
	})
}

func (sh *Shell) write(text string) error {
	_, err := io.WriteString(sh.sys.Out, text)
	return err
}

// emit writes a message for programs.
func (sh *Shell) emit(m proto.Message) error {
	if sh.remote.Output == "name" {
		return sh.write(nameOf(m) + "\n")
	}
	data, err := canonical(m)
	if err != nil {
		return err
	}
	return sh.emitJSON(data)
}

// emitJSON writes JSON in the form that was asked for.
func (sh *Shell) emitJSON(data []byte) error {
	switch {
	case sh.remote.JQ != "":
		return sh.query(data)
	case sh.remote.Template != "":
		return sh.fill(data)
	case sh.remote.Output == "yaml":
		return sh.yaml(data)
	case sh.remote.Output == "jsonl":
		return sh.write(string(data) + "\n")
	default:
		var b bytes.Buffer
		if err := json.Indent(&b, data, "", "  "); err != nil {
			return err
		}
		return sh.write(b.String() + "\n")
	}
}

// canonical is a message as the API's JSON, on one line. The library spaces its output at random; here it is always the same.
func canonical(m proto.Message) ([]byte, error) {
	data, err := protojson.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write %s as JSON: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return compactJSON(data)
}

func compactJSON(data []byte) ([]byte, error) {
	var b bytes.Buffer
	err := json.Compact(&b, data)
	return b.Bytes(), err
}

// query picks from JSON with a jq query. Texts come without quotes, as scripts want them.
func (sh *Shell) query(data []byte) error {
	query, err := gojq.Parse(sh.remote.JQ)
	if err != nil {
		return sh.usage("--jq: %s", err)
	}
	var input any
	if err := json.Unmarshal(data, &input); err != nil {
		return err
	}
	results := query.Run(input)
	for {
		result, more := results.Next()
		if !more {
			return nil
		}
		if err, failed := result.(error); failed {
			return sh.invalid("--jq: %s", err)
		}
		text, isText := result.(string)
		if !isText {
			out, err := gojq.Marshal(result)
			if err != nil {
				return err
			}
			text = string(out)
		}
		if err := sh.write(text + "\n"); err != nil {
			return err
		}
	}
}

// fill writes JSON with a template.
func (sh *Shell) fill(data []byte) error {
	t, err := template.New("--template").Option("missingkey=zero").Parse(sh.remote.Template)
	if err != nil {
		return sh.usage("--template: %s", err)
	}
	var input any
	if err := json.Unmarshal(data, &input); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, input); err != nil {
		return sh.invalid("--template: %s", err)
	}
	return sh.write(b.String() + "\n")
}

// yaml writes JSON as YAML, fields in the same order.
func (sh *Shell) yaml(data []byte) error {
	var tree yaml.Node
	if err := yaml.Unmarshal(data, &tree); err != nil {
		return err
	}
	plain(&tree)
	encoder := yaml.NewEncoder(sh.sys.Out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&tree); err != nil {
		return err
	}
	return encoder.Close()
}

// plain takes away that the tree was written as JSON.
func plain(n *yaml.Node) {
	n.Style = 0
	for _, child := range n.Content {
		plain(child)
	}
}

// nameOf is the resource name of a message, else its id, else nothing.
func nameOf(m proto.Message) string {
	fields := m.ProtoReflect().Descriptor().Fields()
	for _, wanted := range []protoreflect.Name{"name", "id"} {
		if f := fields.ByName(wanted); f != nil && f.Kind() == protoreflect.StringKind && !f.IsList() {
			return m.ProtoReflect().Get(f).String()
		}
	}
	return ""
}
