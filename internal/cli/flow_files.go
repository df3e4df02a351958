package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

type flowValidate struct {
	Files []string `arg:"" optional:"" name:"file" predictor:"file" help:"YAML or JSON files; - reads standard input."`
	Draft string   `placeholder:"FLOW" predictor:"flow" help:"Check the draft of this flow on the server instead."`
}

// Run implements the command.
func (c *flowValidate) Run(ctx context.Context, sh *Shell) error {
	switch {
	case c.Draft != "" && len(c.Files) > 0:
		return sh.usage("give files or --draft, not both")
	case c.Draft != "":
		found, err := call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ValidateFlow,
			&flowdeskv1.ValidateFlowRequest{Subject: &flowdeskv1.ValidateFlowRequest_Name{Name: resource("flows", c.Draft)}})
		if err != nil {
			return err
		}
		return sh.verdict(short(c.Draft), found)
	case len(c.Files) == 0:
		return sh.usage("give a file, or --draft with the id of a flow")
	}
	return each(sh, c.Files, func(file string) error {
		data, err := sh.read(file)
		if err != nil {
			return err
		}
		found, err := check(data)
		if err != nil {
			return err
		}
		return sh.verdict(file, found)
	})
}

// verdict writes what was found in a flow, findings first, and fails when it is not valid.
func (sh *Shell) verdict(subject string, found *flowdeskv1.ValidateFlowResponse) error {
	found.Definition, found.Layout = nil, nil // the caller has them
	err := sh.show(found, func() error {
		sh.findings(subject, found.GetDiagnostics())
		if b := found.GetBounds(); found.GetValid() {
			sh.print("%s: valid; at most %d steps, %d commands, %d outside calls", subject, b.GetSteps(), b.GetCommands(), b.GetCalls())
		}
		return nil
	})
	if err == nil && !found.GetValid() {
		return sh.invalid("%s has errors", subject)
	}
	return err
}

// findings are written to standard error, as compilers do; an editor can follow them to their place.
func (sh *Shell) findings(subject string, all []*flowdeskv1.Diagnostic) {
	for _, d := range all {
		place := subject
		if d.GetLine() > 0 {
			place = fmt.Sprintf("%s:%d:%d", subject, d.GetLine(), d.GetColumn())
		}
		_, _ = fmt.Fprintf(sh.sys.Err, "%s: %s\n", place, sh.finding(d))
	}
}

// check compiles a flow file on this machine.
func check(data []byte) (*flowdeskv1.ValidateFlowResponse, error) {
	catalog := nodes.Builtin()
	var err error
	if catalog.Validate, err = validate.New(); err != nil {
		return nil, err
	}
	definition, layout, place, diagnostics := flowfile.ParseToPlace(data)
	found := &flowdeskv1.ValidateFlowResponse{Diagnostics: diagnostics, Definition: definition, Layout: layout}
	if len(diagnostics) > 0 { // what the compiler says of half a flow would mislead
		return found, nil
	}
	var program *engine.Program
	program, found.Diagnostics = catalog.Compile("file", 1, definition)
	place(found.GetDiagnostics())
	if program != nil {
		found.Valid, found.Bounds, found.Digest = true, program.Bounds, program.Digest
	}
	return found, nil
}

// readFlow reads a flow file that must be readable; it need not be valid.
func (sh *Shell) readFlow(file string) (*flowdeskv1.FlowDefinition, *flowdeskv1.FlowLayout, error) {
	data, err := sh.read(file)
	if err != nil {
		return nil, nil, err
	}
	definition, layout, place, diagnostics := flowfile.ParseToPlace(data)
	if len(diagnostics) > 0 {
		place(diagnostics)
		sh.findings(file, diagnostics)
		return nil, nil, sh.invalid("%s cannot be read", file)
	}
	return definition, layout, nil
}

// read reads a file; - is standard input.
func (sh *Shell) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(sh.sys.In)
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure{code: ExitNotFound, text: sh.say("there is no file %s", file)}
	}
	return data, err
}

// isFile reports whether an argument names a file rather than a flow.
func isFile(text string) bool {
	if text == "-" || filepath.Ext(text) != "" {
		return true
	}
	info, err := os.Stat(text)
	return err == nil && info.Mode().IsRegular()
}

type flowFormat struct {
	File  string `arg:"" predictor:"file" help:"YAML or JSON file; - reads standard input."`
	JSON  bool   `help:"Write JSON instead of YAML."`
	Write bool   `short:"w" help:"Write it back to the file."`
	Check bool   `help:"Write nothing; fail when the file is not in its canonical form."`
}

// Run implements the command.
func (c *flowFormat) Run(sh *Shell) error {
	before, err := sh.read(c.File)
	if err != nil {
		return err
	}
	definition, layout, place, diagnostics := flowfile.ParseToPlace(before)
	if len(diagnostics) > 0 {
		place(diagnostics)
		sh.findings(c.File, diagnostics)
		return sh.invalid("%s cannot be read", c.File)
	}
	after, err := render(definition, layout, c.JSON || filepath.Ext(c.File) == ".json")
	if err != nil {
		return err
	}
	switch {
	case c.Check && !bytes.Equal(before, after):
		return sh.failed("%s is not in its canonical form; flowdesk flow fmt --write mends it", c.File)
	case c.Check:
		return nil
	case c.Write && c.File != "-":
		return os.WriteFile(c.File, after, 0o644) //nolint:gosec // a flow file is for others to read
	}
	return sh.write(string(after))
}

func render(definition *flowdeskv1.FlowDefinition, layout *flowdeskv1.FlowLayout, asJSON bool) ([]byte, error) {
	if asJSON {
		return flowfile.WriteJSON(definition, layout)
	}
	return flowfile.Write(definition, layout)
}

type flowGraph struct {
	Flow    string `arg:"" predictor:"flow" help:"File, or id of a flow on the server."`
	Format  string `enum:"text,mermaid,svg,dot" default:"text" help:"text, mermaid, svg or dot (Graphviz)."`
	Dot     bool   `hidden:"" help:"The same as --format dot."`
	Version int32  `help:"Version of the flow on the server; by default the draft."`
}

// Run implements the command.
func (c *flowGraph) Run(ctx context.Context, sh *Shell) error {
	var (
		definition *flowdeskv1.FlowDefinition
		layout     *flowdeskv1.FlowLayout
		err        error
	)
	if isFile(c.Flow) {
		definition, layout, err = sh.readFlow(c.Flow)
	} else {
		definition, layout, err = sh.definition(ctx, c.Flow, c.Version)
	}
	if err != nil {
		return err
	}
	switch {
	case c.Dot || c.Format == "dot":
		return sh.write(flowfile.Dot(definition))
	case c.Format == "mermaid":
		return sh.write(flowfile.Mermaid(definition))
	case c.Format == "svg":
		return sh.write(flowfile.SVG(definition, layout))
	default:
		return sh.write(flowfile.Outline(definition))
	}
}
