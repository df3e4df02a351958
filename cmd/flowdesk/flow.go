package main

import (
	"fmt"
	"os"

	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/internal/validate"
	"github.com/flowdesk/flowdesk/nodes"
)

type flowCommand struct {
	Validate validateCommand `cmd:"" help:"Check a flow file."`
	Format   formatCommand   `cmd:"" help:"Write a flow file in its canonical form."`
	Draw     drawCommand     `cmd:"" help:"Draw a flow file."`
}

type validateCommand struct {
	File string `arg:"" type:"existingfile" help:"YAML or JSON file."`
}

// Run implements the command.
func (c *validateCommand) Run() error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	catalog := nodes.Builtin()
	if catalog.Validate, err = validate.New(); err != nil {
		return err
	}
	definition, positions, diagnostics := flowfile.Parse(data)
	broken := len(diagnostics) > 0
	program, found := catalog.Compile("file", 1, definition)
	if !broken { // what the compiler says of half a flow would mislead
		diagnostics = found
		positions.Complete(diagnostics)
	}
	for _, d := range diagnostics {
		fmt.Printf("%s:%d:%d: %s: %s (%s)\n", c.File, d.GetLine(), d.GetColumn(), d.GetCode(), d.GetMessage(), d.GetRemedy())
	}
	if broken || program == nil {
		return fmt.Errorf("%s has errors", c.File)
	}
	fmt.Printf("%s: valid; at most %d steps, %d commands, %d outside calls\n", c.File, program.Bounds.GetSteps(), program.Bounds.GetCommands(), program.Bounds.GetCalls())
	return nil
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

type drawCommand struct {
	File string `arg:"" type:"existingfile" help:"YAML or JSON file."`
	Dot  bool   `help:"Write Graphviz instead of text."`
}

// Run implements the command.
func (c *drawCommand) Run() error {
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
