package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type referenceCommand struct {
	Lang string `enum:"en,zh," default:"" help:"Language: en or zh."`
}

// Run implements the command.
func (c *referenceCommand) Run(sh *Shell, k *kong.Kong) error {
	return sh.write(sh.referenceOf(k.Model.Node))
}

// Reference is the reference of all commands of a grammar in Markdown, from the same source as their help.
func Reference(ctx context.Context, grammar any, language Language) (string, error) {
	sh := &Shell{Language: language}
	parser, err := newParser(ctx, grammar, sh)
	if err != nil {
		return "", err
	}
	return sh.referenceOf(parser.Model.Node), nil
}

func (sh *Shell) referenceOf(root *kong.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n<!-- %s -->\n\n%s\n\n", sh.say("Command line"), "Written by make docs from internal/cli; edit that.",
		sh.say("Results go to standard output, everything else to standard error. Nothing is asked where nobody can answer. -o json writes the API's own JSON, which other commands and clients take back."))
	fmt.Fprintf(&b, "## %s\n\n```text\n%s```\n\n", sh.say("Flags of every command"), strings.TrimPrefix(sh.sharedPage(root), "\n"))
	fmt.Fprintf(&b, "## %s\n\n| %s | %s |\n| --- | --- |\n", sh.say("Exit codes"), sh.say("code"), sh.say("meaning"))
	for _, e := range exitMeanings {
		fmt.Fprintf(&b, "| %d | %s |\n", e.code, sh.say(e.meaning))
	}
	fmt.Fprintf(&b, "\n## %s\n\n", sh.say("Commands"))
	sh.pages(&b, root)
	fmt.Fprintf(&b, "## %s\n\n%s\n\n", sh.say("Errors"), sh.say("Every error names its reason. What it means, and what to do:"))
	for _, reason := range slices.Sorted(func(yield func(flowdeskv1.ErrorReason) bool) {
		for r := range reasons {
			if !yield(r) {
				return
			}
		}
	}) {
		e := reasons[reason]
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", shortReason(reason), sh.say("%s: %s", sh.say(e.what), sh.say(e.remedy)))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// sharedPage lists the flags that every command has, taken from one that has them.
func (sh *Shell) sharedPage(root *kong.Node) string {
	for _, node := range root.Children {
		if _, common := sh.flagRows(node); len(common) > 0 {
			return indented(common)
		}
	}
	return ""
}

// pages writes the help of every command under a node.
func (sh *Shell) pages(b *strings.Builder, node *kong.Node) {
	for _, child := range node.Children {
		if child.Hidden {
			continue
		}
		fmt.Fprintf(b, "### %s\n\n```text\n%s```\n\n", pathOf(child), sh.page(child, false))
		sh.pages(b, child)
	}
}
