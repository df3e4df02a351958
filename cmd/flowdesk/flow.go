package main

import (
	"fmt"
	"os"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

type flowCommand struct {
	Validate validateCommand `cmd:"" help:"Check a flow file."`
	Apply    applyCommand    `cmd:"" help:"Create or change a flow on a server from a file."`
	Export   exportCommand   `cmd:"" help:"Write a server's flow as a file."`
	Graph    graphCommand    `cmd:"" help:"Draw a flow file."`
	Format   formatCommand   `cmd:"" help:"Write a flow file in its canonical form."`
}

type validateCommand struct {
	File string `arg:"" type:"existingfile" help:"YAML or JSON file."`
}

// Run implements the command.
func (c *validateCommand) Run() error {
	program, _, err := check(c.File)
	if err != nil {
		return err
	}
	fmt.Printf("%s: valid; at most %d steps, %d commands, %d outside calls\n", c.File, program.Bounds.GetSteps(), program.Bounds.GetCommands(), program.Bounds.GetCalls())
	return nil
}

// check compiles a flow file and prints what is found, with its place. It fails when something is an error.
func check(file string) (*engine.Program, *flowdeskv1.FlowDefinition, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, err
	}
	catalog := nodes.Builtin()
	if catalog.Validate, err = validate.New(); err != nil {
		return nil, nil, err
	}
	definition, place, diagnostics := flowfile.ParseToPlace(data)
	var program *engine.Program
	if len(diagnostics) == 0 { // what the compiler says of half a flow would mislead
		program, diagnostics = catalog.Compile("file", 1, definition)
		place(diagnostics)
	}
	for _, d := range diagnostics {
		fmt.Fprintf(os.Stderr, "%s:%d:%d: %s: %s (%s)\n", file, d.GetLine(), d.GetColumn(), d.GetCode(), d.GetMessage(), d.GetRemedy())
	}
	if program == nil {
		return nil, nil, fmt.Errorf("%s has errors", file)
	}
	return program, definition, nil
}

type formatCommand struct {
	File string `arg:"" type:"existingfile" help:"YAML or JSON file."`
	JSON bool   `help:"Write JSON instead of YAML."`
}

// Run implements the command.
func (c *formatCommand) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	definition, err := flowfile.Read(data)
	if err != nil {
		return err
	}
	write := flowfile.Write
	if c.JSON {
		write = flowfile.WriteJSON
	}
	out, err := write(definition)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out)
	return err
}

type graphCommand struct {
	File string `arg:"" type:"existingfile" help:"YAML or JSON file."`
	Dot  bool   `help:"Write Graphviz instead of text."`
}

// Run implements the command.
func (c *graphCommand) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	definition, err := flowfile.Read(data)
	if err != nil {
		return err
	}
	if c.Dot {
		fmt.Print(flowfile.Dot(definition))
	} else {
		fmt.Print(flowfile.Outline(definition))
	}
	return nil
}
