package main

import (
	"fmt"
	"os"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/internal/flowfile"
	"github.com/flowdesk/flowdesk/nodes"
)

type flowCommand struct {
	Validate validateCommand `cmd:"" help:"Check a flow file."`
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
	definition, err := flowfile.Read(data)
	if err != nil {
		return err
	}
	catalog := nodes.Builtin()
	catalog.Validate = func(m proto.Message) []engine.Violation {
		if err := protovalidate.Validate(m); err != nil {
			return []engine.Violation{{Message: err.Error()}}
		}
		return nil
	}
	program, diagnostics := catalog.Compile("file", 1, definition)
	for _, d := range diagnostics {
		fmt.Printf("%s: %s: node %s, field %s: %s (%s)\n", c.File, d.GetCode(), d.GetNode(), d.GetField(), d.GetMessage(), d.GetRemedy())
	}
	if program == nil {
		return fmt.Errorf("%s has errors", c.File)
	}
	fmt.Printf("%s: valid; at most %d steps, %d commands, %d outside calls\n", c.File, program.Bounds.GetSteps(), program.Bounds.GetCommands(), program.Bounds.GetCalls())
	return nil
}
