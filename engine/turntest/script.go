package turntest

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

// Names of a script's files that are no cases.
const (
	flowFile  = "flow.yaml"
	worldFile = "world.yaml"
)

// ErrScript is a script that cannot be played: it is not written as the package says.
var ErrScript = errors.New("bad script")

// Played is what came of a script.
type Played struct {
	// Script is the script with what followed from its commands: the very same text when nothing has changed.
	Script []byte
	// Ports are the ports that nodes of the script's type took, each with the number of times.
	Ports map[engine.Port]int
}

// Play plays all cases of a script about a node type in a world.
func Play(catalog *engine.Catalog, kind engine.Kind, script []byte, world *flowdeskv1.Environment) (*Played, error) {
	archive := txtar.Parse(script)
	if strings.TrimSpace(string(archive.Comment)) == "" {
		return nil, fmt.Errorf("%w: it does not say what %s does", ErrScript, kind)
	}
	played := &Played{Ports: make(map[engine.Port]int)}
	var flow *flowdeskv1.FlowDefinition
	seen := map[string]bool{}
	for i, file := range archive.Files {
		var err error
		switch file.Name {
		case flowFile:
			flow, err = flowfile.Read(file.Data)
		case worldFile:
			world = proto.CloneOf(world)
			err = decode(file.Data, world, nil)
		default:
			if seen[file.Name] {
				return nil, fmt.Errorf("%w: there are two cases %q", ErrScript, file.Name)
			}
			seen[file.Name] = true
			if flow == nil {
				return nil, fmt.Errorf("%w: case %q has no %s above it", ErrScript, file.Name, flowFile)
			}
			c := newCase(catalog, kind, proto.CloneOf(flow), world, played.Ports)
			archive.Files[i].Data, err = c.play(string(file.Data))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	archive.Comment = paragraph(archive.Comment)
	for i := range archive.Files[:max(0, len(archive.Files)-1)] {
		archive.Files[i].Data = paragraph(archive.Files[i].Data)
	}
	played.Script = txtar.Format(archive)
	return played, nil
}

// paragraph ends a text with a blank line.
func paragraph(text []byte) []byte {
	return []byte(strings.TrimRight(string(text), "\n") + "\n\n")
}

// play runs the commands of a case and gives its text with what followed from them.
func (c *testCase) play(text string) ([]byte, error) {
	for number, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch {
		case strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t"):
			continue // what followed the last time
		case line == "" || strings.HasPrefix(line, "#"):
			c.lines = append(c.lines, line)
			continue
		}
		c.lines = append(c.lines, line)
		if err := c.command(line); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", number+1, line, err)
		}
	}
	return []byte(strings.Join(c.lines, "\n") + "\n"), nil
}
