package worktool_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/robots/robotstest"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

func TestContract(t *testing.T) {
	t.Parallel()
	robotstest.Run(t, func(t *testing.T, network *robotstest.Network) robotstest.Fixture {
		t.Helper()
		const host = "platform.test"
		sim, err := standin.New(t.Context(), standin.Options{Client: network.Client(t), World: world})
		require.NoError(t, err)
		t.Cleanup(sim.Close)
		network.Serve(t, host, sim)
		return robotstest.Fixture{
			Platform: worktool.New(worktool.Options{HTTP: network.Client(t)}),
			Reply:    robots.Account{BaseURI: "http://" + host, RobotID: "reply-id", Key: "reply-key"},
			Monitor:  robots.Account{BaseURI: "http://" + host, RobotID: "monitor-id"},
			Cause:    func(how robotstest.Trouble) { require.NoError(t, sim.SetMode("reply-id", modes[how])) },
			Say: func(group, text string, at ...string) {
				require.NoError(t, sim.Say(standin.Utterance{Group: group, Sender: robotstest.Person, Text: text, At: at}))
			},
			Said: func(group string) []string { return said(sim, group) },

			ParseMessage: worktool.ParseMessage, ParseResult: worktool.ParseResult, ParseQRCode: worktool.ParseQRCode,
		}
	})
}

var world = standin.World{
	Robots: []standin.RobotSeed{
		{ID: "reply-id", Name: robotstest.ReplyRobot, Role: "reply", Key: "reply-key"},
		{ID: "monitor-id", Name: robotstest.MonitorRobot, Role: "monitor"},
	},
	Groups: []standin.GroupSeed{
		{Name: robotstest.Group, Members: []string{robotstest.Person}},
		{
			Name: robotstest.OtherGroup, Members: []string{robotstest.Person},
			Remarks: map[string]string{"reply-id": robotstest.OtherRemark},
		},
	},
}

var modes = map[robotstest.Trouble]standin.Mode{
	robotstest.NoTrouble:            {},
	robotstest.SuccessIs200:         {SuccessCode: 200},
	robotstest.CutAfterAccepting:    {Drop: true},
	robotstest.ErrorBeforeAccepting: {Status: 502},
	robotstest.LimitedByStatus:      {Limited: "http"},
	robotstest.LimitedByCode:        {Limited: "body"},
	robotstest.PhoneOffline:         {Offline: true},
	robotstest.ChatNotFound:         {FailCode: 201101},
	robotstest.FailsTwiceThenWorks:  {FailCode: 101012, FailTimes: 2},
	robotstest.SecondTargetFails:    {Partial: true},
	robotstest.ResultDoubled:        {CallbackCopies: 2},
	robotstest.ResultLost:           {CallbackLost: true},
}

func said(sim *standin.Sim, group string) []string {
	var texts []string
	for _, g := range sim.Groups() {
		if g.Name != group {
			continue
		}
		for _, line := range g.Lines {
			if line.Robot {
				texts = append(texts, line.Text)
			}
		}
	}
	return texts
}
