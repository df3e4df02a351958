package server

import (
	"context"
	"slices"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// reached takes out of an explanation what belongs to groups that the caller does not reach: a flow may say something in another group than its own.
func reached(ctx context.Context, d *flowdeskv1.Derivation) *flowdeskv1.Derivation {
	if len(callerOf(ctx).Groups) == 0 {
		return d
	}
	d.Commands, d.Answers = seen(ctx, d.GetCommands()), seen(ctx, d.GetAnswers())
	d.Tasks, d.Alerts = seen(ctx, d.GetTasks()), seen(ctx, d.GetAlerts())
	return d
}

func seen[M proto.Message](ctx context.Context, things []M) []M {
	c := callerOf(ctx)
	return slices.DeleteFunc(things, func(thing M) bool { return !c.Sees(thing) })
}

// ownCommands are the pending commands of a session that are said in groups which the caller reaches.
func ownCommands(ctx context.Context, commands []*flowdeskv1.PendingCommand) []*flowdeskv1.PendingCommand {
	c := callerOf(ctx)
	if len(c.Groups) == 0 {
		return commands
	}
	var own []*flowdeskv1.PendingCommand
	for _, command := range commands {
		if target := command.GetTargetSession(); target == "" || c.Reaches(target) {
			own = append(own, command)
		}
	}
	return own
}
