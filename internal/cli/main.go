package cli

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Commands are the nouns and verbs that need nothing but a server's API or files. The program adds those that run a server.
type Commands struct {
	Doctor  doctorCommand  `cmd:"" help:"Check configuration, storage, clock, robots and model keys, and say what to do." eg:"doctor\ndoctor --data-dir /var/lib/flowdesk --offline"`
	Open    openCommand    `cmd:"" help:"Open the console at a page." eg:"open\nopen flow unified"`
	Flow    flowCommand    `cmd:"" help:"Flows: files, drafts, versions, tests."`
	Run     runCommand     `cmd:"" help:"Runs of flows (instances)."`
	Sim     simCommand     `cmd:"" help:"Try a flow in a simulated group chat."`
	Trigger triggerCommand `cmd:"" help:"Bring something in from outside, as a robot would."`
	Message messageCommand `cmd:"" help:"Messages, and why they were answered or not."`
	Session sessionCommand `cmd:"" help:"Group chats: look, take over, hand back."`
	Command commandCommand `cmd:"" help:"The queue of commands to robots."`
	Task    taskCommand    `cmd:"" help:"Track tasks."`
	Alert   alertCommand   `cmd:"" help:"Alerts."`
	Job     jobCommand     `cmd:"" help:"Jobs: one thing done with many rows."`
	Robot   robotCommand   `cmd:"" help:"Robots."`
	API     apiCommand     `cmd:"" name:"api" help:"Call any method of the API with JSON." eg:"api\napi TextService.Understand -d '{\"text\":\"我要转人工\"}'"`

	ProfileCommand profileCommand    `cmd:"" name:"profile" help:"Servers to work with, by name."`
	Completion     completionCommand `cmd:"" help:"Print the script that completes commands in a shell." eg:"completion bash\ncompletion fish"`
	Version        versionCommand    `cmd:"" help:"Print the version of this program." eg:"version\nversion -o json"`
	Reference      referenceCommand  `cmd:"" hidden:"" help:"Print the reference of all commands."`
}

// Main runs a command line and gives the exit code. Grammar is a pointer to a struct that embeds Commands.
func Main(ctx context.Context, grammar any, args []string, sys System) int {
	sh := &Shell{Language: language(args, sys.Getenv), sys: sys, remote: Remote{Output: "table"}}
	defer sh.close()
	parser, err := newParser(ctx, grammar, sh)
	if err != nil {
		sh.report(err)
		return ExitFailed
	}
	if completed, err := complete(ctx, parser, sh); completed || err != nil {
		return exitCode(ctx, err)
	}
	if args, asked := askedForHelp(args); asked {
		return sh.help(parser, args)
	}
	err = sh.run(parser, args)
	if err == nil {
		return ExitOK
	}
	code := exitCode(ctx, err)
	if code == ExitInterrupted {
		sh.notice("interrupted")
		return code
	}
	sh.report(err)
	return code
}

func (sh *Shell) run(parser *kong.Kong, args []string) error {
	args = nounFirst(parser.Model.Node, args)
	parsed, err := parser.Parse(args)
	if err != nil {
		return sh.misuse(err)
	}
	return parsed.Run()
}

// newParser builds the command line from its structs, in the shell's language.
func newParser(ctx context.Context, grammar any, sh *Shell) (*kong.Kong, error) {
	return kong.New(grammar, kong.Name("flowdesk"), kong.Description("Customer-service flows for group chats."), kong.NoDefaultHelp(),
		kong.Exit(func(int) {}), kong.Writers(sh.sys.Out, sh.sys.Err), kong.Bind(sh), kong.BindTo(ctx, (*context.Context)(nil)),
		kong.PostBuild(func(k *kong.Kong) error {
			for _, node := range k.Model.Children {
				if node.Tag.Has("envars") { // these are told by the environment too
					environment(node)
				}
			}
			sh.translate(k.Model.Node)
			return nil
		}))
}

// environment lets each flag of a command be set by FLOWDESK_ and its name.
func environment(node *kong.Node) {
	for _, flag := range node.Flags {
		if len(flag.Envs) == 0 {
			name := "FLOWDESK_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
			flag.Envs, flag.Tag.Envs = []string{name}, []string{name}
		}
	}
	for _, child := range node.Children {
		environment(child)
	}
}

// translate puts the help of all commands into the language.
func (sh *Shell) translate(node *kong.Node) {
	node.Help = sh.say(node.Help)
	for _, flag := range node.Flags {
		flag.Help = sh.say(flag.Help)
	}
	for _, argument := range node.Positional {
		argument.Help = sh.say(argument.Help)
	}
	for _, child := range node.Children {
		sh.translate(child)
	}
}

// nounFirst puts flags that stand ahead of the noun behind it, where they belong: flowdesk --profile prod flow list.
func nounFirst(program *kong.Node, args []string) []string {
	var ahead []string
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") || args[i] == "--" {
			rest := append([]string{args[i]}, ahead...)
			return append(rest, args[i+1:]...)
		}
		flag, known := flagOf(program, args[i])
		if !known {
			return args
		}
		ahead = append(ahead, args[i])
		if !flag.IsBool() && !strings.Contains(args[i], "=") && i+1 < len(args) {
			i++
			ahead = append(ahead, args[i])
		}
	}
	return args
}

// flagOf is the flag of some noun that an argument names.
func flagOf(program *kong.Node, arg string) (*kong.Flag, bool) {
	name, _, _ := strings.Cut(arg, "=")
	for _, noun := range program.Children {
		for _, flag := range noun.Flags {
			if name == "--"+flag.Name || flag.Short != 0 && name == "-"+string(flag.Short) {
				return flag, true
			}
		}
	}
	return nil, false
}

// misuses are the parser's errors, and our words for them; what is in brackets fills these. The first that fits counts.
var misuses = []struct {
	said  *regexp.Regexp
	means string
}{
	{regexp.MustCompile(`^unknown flag (.*)$`), "unknown flag %s"},
	{regexp.MustCompile(`^missing flags: (.*)$`), "missing flags: %s"},
	{regexp.MustCompile(`^(\S+) must be one of (.*) but got (".*")$`), "%s must be one of %s but got %s"},
	{regexp.MustCompile(`^(\S+) and (\S+) can't be used together$`), "%s and %s can't be used together"},
	{regexp.MustCompile(`^(\S+): expected .* value but got (".*") \(short flag\); perhaps try (.*)\?$`), "%s: %s looks like a flag; write %s"},
	{regexp.MustCompile(`^(\S+): expected an? (?:valid )?(?:\d+ bit )?u?int\w* but got (".*")(?: .*)?$`), "%s: %s is no number"},
	{regexp.MustCompile(`^(\S+): expected duration but got ("[^"]*").*$`), "%s: %s is no length of time; write 5m or 2h"},
	{regexp.MustCompile(`^expected one of (.*)$`), "expected one of %s"},
	{regexp.MustCompile(`^expected (.*)$`), "expected %s"},
	{regexp.MustCompile(`^unexpected argument (\S+), did you mean (?:one of )?(.*)\?$`), "unexpected argument %s, did you mean %s?"},
	{regexp.MustCompile(`^unexpected argument (.*)$`), "unexpected argument %s"},
	{regexp.MustCompile(`^missing positional arguments (.*)$`), "missing arguments: %s"},
}

// misuse puts an error of the command line into words, and says where help is.
func (sh *Shell) misuse(err error) error {
	parse, ok := err.(*kong.ParseError) //nolint:errorlint // it is the parser's own, unwrapped
	if !ok {
		return err
	}
	text := parse.Error()
	for _, known := range misuses {
		if parts := known.said.FindStringSubmatch(text); parts != nil {
			var values []any
			for _, part := range parts[1:] {
				values = append(values, part)
			}
			text = sh.say(known.means, values...)
			break
		}
	}
	path := "flowdesk"
	if node := parse.Context.Selected(); node != nil {
		path = pathOf(node)
	} else if len(parse.Context.Path) > 0 {
		path = pathOf(parse.Context.Path[len(parse.Context.Path)-1].Node())
	}
	return &failure{code: ExitUsage, text: text + "\n  " + sh.labelled(sh.say("help"), path+" --help")}
}

// askedForHelp takes the wish for help out of the arguments. A program without arguments is asked for help as well.
func askedForHelp(args []string) (rest []string, asked bool) {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	for i, arg := range args[:end] {
		if arg == "--help" || arg == "-h" {
			return slices.Delete(slices.Clone(args), i, i+1), true
		}
	}
	if len(args) > 0 && args[0] == "help" {
		return args[1:], true
	}
	return args, len(args) == 0
}
