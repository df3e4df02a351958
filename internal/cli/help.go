package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// help prints the page of the command that the arguments name.
func (sh *Shell) help(parser *kong.Kong, args []string) int {
	node := parser.Model.Node
	for _, arg := range args {
		if next := childNamed(node, arg); next != nil {
			node = next
		}
	}
	if node == parser.Model.Node && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		sh.report(sh.usage("there is no command %s; flowdesk --help lists them", args[0]))
		return ExitUsage
	}
	if err := sh.write(sh.page(node, true)); err != nil {
		return ExitFailed
	}
	return ExitOK
}

func childNamed(node *kong.Node, name string) *kong.Node {
	for _, child := range node.Children {
		if child.Name == name {
			return child
		}
		for _, alias := range child.Aliases {
			if alias == name {
				return child
			}
		}
	}
	return nil
}

// page is the help of one command; with shared it lists the flags that all commands have.
func (sh *Shell) page(node *kong.Node, shared bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n  %s\n", node.Help, sh.say("Usage:"), usageLine(node))
	section := func(title string, rows []row) {
		if len(rows) > 0 {
			fmt.Fprintf(&b, "\n%s\n%s", sh.say(title), indented(rows))
		}
	}
	var verbs, arguments []row
	for _, child := range node.Children {
		if !child.Hidden {
			name := strings.Join(append([]string{child.Name}, child.Aliases...), ", ")
			verbs = append(verbs, row{name, child.Help})
		}
	}
	section("Commands:", verbs)
	for _, argument := range node.Positional {
		arguments = append(arguments, row{argument.Summary(), argument.Help})
	}
	section("Arguments:", arguments)
	own, common := sh.flagRows(node)
	section("Flags:", own)
	if shared {
		section("Flags of every command:", common)
	}
	if examples := examplesOf(node); len(examples) > 0 {
		fmt.Fprintf(&b, "\n%s\n", sh.say("Examples:"))
		for _, e := range examples {
			fmt.Fprintf(&b, "  flowdesk %s\n", e)
		}
	}
	return b.String()
}

func indented(rows []row) string {
	lines := strings.Split(strings.TrimSuffix(pairs(rows), "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

// flagRows lists the flags that a command takes, its own apart from those that every command has.
func (sh *Shell) flagRows(node *kong.Node) (own, common []row) {
	everywhere := sharedFlags()
	for n := node; n != nil; n = n.Parent {
		for _, flag := range n.Flags {
			if flag.Hidden {
				continue
			}
			r := row{flagName(flag), flag.Help}
			if len(flag.Envs) > 0 {
				r.text += " [" + flag.Envs[0] + "]"
			}
			if everywhere[flag.Name] && !flag.Tag.Has("envars") {
				common = append(common, r)
			} else {
				own = append(own, r)
			}
		}
	}
	if len(common) == 0 {
		return own, nil
	}
	return own, append(common, row{"-h, --help", sh.say("Show this help.")})
}

// sharedFlags are the names of the flags of Remote.
func sharedFlags() map[string]bool {
	return map[string]bool{
		"server": true, "profile": true, "timeout": true, "output": true, "jq": true, "template": true, "zone": true, "lang": true, "yes": true,
	}
}

// flagName is a flag as it is written: -o, --output=table.
func flagName(flag *kong.Flag) string {
	name := "--" + flag.Name
	if flag.Short != 0 {
		name = "-" + string(flag.Short) + ", " + name
	}
	if flag.IsBool() {
		return name
	}
	shape := strings.Trim(flag.FormatPlaceHolder(), `"`)
	if shape == "STRING" {
		shape = "TEXT"
	}
	return name + "=" + shape
}

// usageLine is the shape of a command.
func usageLine(node *kong.Node) string {
	parts := []string{pathOf(node)}
	switch {
	case node.Type == kong.ApplicationNode:
		parts = append(parts, "<command>")
	case len(node.Children) > 0:
		parts = append(parts, "<verb>")
	}
	for _, argument := range node.Positional {
		parts = append(parts, argument.Summary())
	}
	return strings.Join(append(parts, "[flags]"), " ")
}

// examplesOf are the examples of a command; a noun shows the first of each of its verbs' examples.
func examplesOf(node *kong.Node) []string {
	if node.Tag != nil && node.Tag.Get("eg") != "" {
		return strings.Split(node.Tag.Get("eg"), "\n")
	}
	var found []string
	for _, child := range node.Children {
		if examples := examplesOf(child); len(examples) > 0 && !child.Hidden && node.Type != kong.ApplicationNode {
			found = append(found, examples[0])
		}
	}
	return found[:min(len(found), 4)]
}

// pathOf is a command as it is called, without its other names.
func pathOf(node *kong.Node) string {
	if node.Parent == nil {
		return node.Name
	}
	return pathOf(node.Parent) + " " + node.Name
}
