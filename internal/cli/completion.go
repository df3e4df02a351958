package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	posener "github.com/posener/complete"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// scripts make each shell ask this program for what may come next.
var scripts = map[string]string{
	"bash": "# source <(flowdesk completion bash)\ncomplete -o default -o bashdefault -C %[1]q flowdesk\n",
	"zsh":  "# source <(flowdesk completion zsh)\nautoload -U +X bashcompinit && bashcompinit\ncomplete -o default -o bashdefault -C %[1]q flowdesk\n",
	"fish": "# flowdesk completion fish | source\nfunction __complete_flowdesk\n    set -lx COMP_LINE (commandline -cp)\n" +
		"    test -z (commandline -ct)\n    and set COMP_LINE \"$COMP_LINE \"\n    %[1]q\nend\ncomplete -f -c flowdesk -a \"(__complete_flowdesk)\"\n",
}

// Run implements the command.
func (c *completionCommand) Run(sh *Shell) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return sh.write(fmt.Sprintf(scripts[c.Shell], program))
}

// completionWithin is how long a server may take: a person waits for the key to answer.
const completionWithin = time.Second

// complete answers a shell that asks what may come next; completed is false when none asked.
func complete(ctx context.Context, parser *kong.Kong, sh *Shell) (completed bool, err error) {
	if sh.sys.Getenv("COMP_LINE") == "" {
		return false, nil
	}
	command, err := kongcompletion.Command(parser, kongcompletion.WithPredictors(sh.predictors(ctx)))
	if err != nil {
		return true, err
	}
	inheritFlags(parser.Model.Node, command, nil, nil)
	completion := posener.New("flowdesk", command)
	completion.Out = sh.sys.Out
	return completion.Complete(), nil
}

// inheritFlags tells each command of the flags of the commands above it, so that their values are not taken for arguments.
func inheritFlags(node *kong.Node, command posener.Command, valued, plain []string) {
	for _, flag := range node.Flags {
		names := []string{"--" + flag.Name}
		if flag.Short != 0 {
			names = append(names, "-"+string(flag.Short))
		}
		if flag.IsBool() {
			plain = append(plain, names...)
		} else {
			valued = append(valued, names...)
		}
	}
	if arguments, ok := command.Args.(*kongcompletion.PositionalPredictor); ok {
		arguments.ArgFlags, arguments.BoolFlags = slices.Clone(valued), slices.Clone(plain)
	}
	for _, child := range node.Children {
		if sub, known := command.Sub[child.Name]; known {
			inheritFlags(child, sub, slices.Clone(valued), slices.Clone(plain))
		}
	}
}

// predictors give what a server has. Whatever goes wrong, there is nothing to choose from and nobody is disturbed.
func (sh *Shell) predictors(ctx context.Context) map[string]posener.Predictor {
	ask := func(fetch func(context.Context) (proto.Message, error)) posener.Predictor {
		return posener.PredictFunc(func(args posener.Args) []string {
			quiet := *sh
			quiet.sys.Err, quiet.remote = discard{}, Remote{Timeout: completionWithin, Server: flagIn(args.All, "--server"), Profile: flagIn(args.All, "--profile")}
			if quiet.prepare() != nil {
				return nil
			}
			sh.remote, sh.profile = quiet.remote, quiet.profile // the connection is the shell's
			answer, err := fetch(ctx)
			if err != nil {
				return nil
			}
			var names []string
			for _, item := range itemsOf[proto.Message](answer) {
				names = append(names, short(nameOf(item)))
			}
			return names
		})
	}
	found := map[string]posener.Predictor{
		"file":    posener.PredictFiles("*"),
		"profile": posener.PredictFunc(func(posener.Args) []string { return sh.profileNames() }),
		"method":  posener.PredictFunc(func(posener.Args) []string { return methodNames() }),
		"page":    posener.PredictFunc(func(posener.Args) []string { return pageNames() }),
	}
	for name, enum := range flagEnums() {
		found[name] = posener.PredictSet(enumNames(enum)...)
	}
	for name, fetch := range sh.fetchers() {
		found[name] = ask(fetch)
	}
	return found
}

// flagEnums are the enums whose values flags take.
func flagEnums() map[string]protoreflect.EnumDescriptor {
	return map[string]protoreflect.EnumDescriptor{
		"alert-category": flowdeskv1.AlertCategory(0).Descriptor(), "alert-level": flowdeskv1.AlertLevel(0).Descriptor(),
		"alert-state": flowdeskv1.AlertState(0).Descriptor(), "command-state": flowdeskv1.CommandState(0).Descriptor(),
		"duty": flowdeskv1.Duty(0).Descriptor(), "priority": flowdeskv1.Priority(0).Descriptor(), "robot-state": flowdeskv1.RobotState(0).Descriptor(),
		"role": flowdeskv1.Role(0).Descriptor(), "run-status": flowdeskv1.InstanceStatus(0).Descriptor(),
		"task-kind": flowdeskv1.TaskKind(0).Descriptor(), "task-state": flowdeskv1.TaskState(0).Descriptor(),
	}
}

// fetchers list what arguments can name, newest first.
func (sh *Shell) fetchers() map[string]func(context.Context) (proto.Message, error) {
	return map[string]func(context.Context) (proto.Message, error){
		"flow": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewFlowServiceClient, flowdeskv1.FlowServiceClient.ListFlows, &flowdeskv1.ListFlowsRequest{})
		},
		"run": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewInstanceServiceClient, flowdeskv1.InstanceServiceClient.ListInstances, &flowdeskv1.ListInstancesRequest{})
		},
		"command": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewQueueServiceClient, flowdeskv1.QueueServiceClient.ListCommands, &flowdeskv1.ListCommandsRequest{})
		},
		"task": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewTaskServiceClient, flowdeskv1.TaskServiceClient.ListTrackTasks, &flowdeskv1.ListTrackTasksRequest{})
		},
		"alert": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewAlertServiceClient, flowdeskv1.AlertServiceClient.ListAlerts, &flowdeskv1.ListAlertsRequest{})
		},
		"job": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewJobServiceClient, flowdeskv1.JobServiceClient.ListJobs, &flowdeskv1.ListJobsRequest{})
		},
		"robot": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ListRobots, &flowdeskv1.ListRobotsRequest{})
		},
		"session": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListSessions, &flowdeskv1.ListSessionsRequest{})
		},
		"message": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListMessages, &flowdeskv1.ListMessagesRequest{})
		},
		"person": func(ctx context.Context) (proto.Message, error) {
			return call(ctx, sh, flowdeskv1.NewDirectoryServiceClient, flowdeskv1.DirectoryServiceClient.ListPeople, &flowdeskv1.ListPeopleRequest{})
		},
	}
}

func flagIn(args []string, flag string) string {
	for i, arg := range args {
		if value, found := strings.CutPrefix(arg, flag+"="); found {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

type discard struct{}

// Write implements io.Writer.
func (discard) Write(p []byte) (int, error) { return len(p), nil }
