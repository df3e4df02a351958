package cli

import (
	"context"

	"google.golang.org/grpc"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type robotWatch struct{}

// Run implements the command. The first reports are the robots as they are.
func (*robotWatch) Run(ctx context.Context, sh *Shell) error {
	open := func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchRobotsResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.WatchRobots, &flowdeskv1.WatchRobotsRequest{ResumeToken: token})
	}
	return watch(ctx, sh, "", open, func(report *flowdeskv1.WatchRobotsResponse) error {
		r := report.GetRobot()
		if r == nil {
			return nil
		}
		return sh.reported(r, r.GetId()+"  "+r.GetTitle()+"  "+sh.value(r.GetState())+"  "+sh.say("waiting %d, unconfirmed %d", r.GetWaiting(), r.GetUnconfirmed())+"  "+sh.because(r.GetReason()))
	})
}

type sessionWatch struct {
	Unanswered bool `help:"Those with an unanswered question only."`
}

// Run implements the command.
func (c *sessionWatch) Run(ctx context.Context, sh *Shell) error {
	open := func(ctx context.Context, token string) (grpc.ServerStreamingClient[flowdeskv1.WatchSessionsResponse], error) {
		return openStream(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.WatchSessions, &flowdeskv1.WatchSessionsRequest{ResumeToken: token})
	}
	return watch(ctx, sh, "", open, func(report *flowdeskv1.WatchSessionsResponse) error {
		s := report.GetSession()
		if s == nil || c.Unanswered && s.GetUnanswered() == 0 {
			return nil
		}
		return sh.reported(s, sh.time(s.GetLastMessageTime())+"  "+s.GetId()+"  "+s.GetTitle()+"  "+sh.say("unanswered %d", s.GetUnanswered())+"  "+s.GetLastText())
	})
}
