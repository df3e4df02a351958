package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

const (
	sameRobot  = 3 * time.Second
	otherRobot = 120 * time.Second
)

// heard is a session's list of reports, kept as a session keeps it.
type heard []*flowdeskv1.Report

func (h *heard) report(r desk.NewReport) string {
	judged := desk.JudgeReport(*h, r, sameRobot, otherRobot)
	if judged.DuplicateOf == "" {
		message := fmt.Sprint("m", len(*h)+1)
		*h = append(*h, &flowdeskv1.Report{
			Message: message, Digest: r.Digest, Robots: []string{r.Robot}, PlatformIds: []string{r.PlatformID}, Time: timestamppb.New(r.Time),
			Times: []*timestamppb.Timestamp{timestamppb.New(r.Time)},
		})
		return message
	}
	for _, stored := range *h {
		if stored.GetMessage() == judged.DuplicateOf {
			stored.Robots, stored.PlatformIds = append(stored.GetRobots(), r.Robot), append(stored.GetPlatformIds(), r.PlatformID)
			stored.Times = append(stored.GetTimes(), timestamppb.New(r.Time))
		}
	}
	return judged.DuplicateOf
}

var said = desk.UtteranceDigest("张三", 1, "好的")

// Each report is robot, id after a colon, second after an @: A:1@0.
func reports(t *testing.T, script string) []desk.NewReport {
	t.Helper()
	var list []desk.NewReport
	for _, word := range strings.Fields(script) {
		head, second, _ := strings.Cut(word, "@")
		r, id, _ := strings.Cut(head, ":")
		at, err := time.ParseDuration(second + "s")
		require.NoError(t, err)
		list = append(list, desk.NewReport{Robot: r, PlatformID: id, Digest: said, Time: time.Unix(1_700_000_000, 0).Add(at)})
	}
	return list
}

func TestDuplicates(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"one utterance heard by two robots is one message", "A@0 B@1", "m1 m1"},
		{"a robot that is behind repeats itself at once", "A@0 B@60 B@61", "m1 m1 m1"},
		{"the window begins with the robot's first report", "A@0 A@2 A@4 A@6", "m1 m1 m2 m2"},
		{"a robot that is behind hears the text said twice", "A@0 A@10 B@60 B@70", "m1 m2 m1 m2"},
		{"said twice and heard by two robots is two messages: A A B B", "A:1@0 A:2@1 B:3@2 B:4@3", "m1 m2 m1 m2"},
		{"said twice and heard by two robots is two messages: A B B A", "A:1@0 B:2@1 B:3@2 A:4@3", "m1 m1 m2 m2"},
		{"said twice and heard by two robots is two messages: A B A B", "A:1@0 B:2@1 A:3@2 B:4@3", "m1 m1 m2 m2"},
		{"said twice without ids, 4 s apart: A A B B", "A@0 A@4 B@4.1 B@4.2", "m1 m2 m1 m2"},
		{"said twice without ids, 4 s apart: A B B A", "A@0 B@0.1 B@4 A@4.1", "m1 m1 m2 m2"},
		{"a second report fills the other utterance rather than repeating the first", "B:1@0 B:2@1 A@2 A@2.5", "m1 m2 m1 m2"},
		{"another robot's id is not one's own", "A:2@0 B:1@0 A:1@10", "m1 m1 m2"},
		{"three robots", "A:1@0 B:2@0 C:3@0 C:4@1 A:5@1 B:6@1", "m1 m1 m1 m2 m2 m2"},
		{"each utterance takes at most one report of a robot", "A:1@0 B:2@0 B:3@0 B:4@0", "m1 m1 m2 m3"},
		{"the same robot repeating is a duplicate if id and content are equal", "A:1@0 A:1@50", "m1 m1"},
		{"the same robot's other id is another message", "A:1@0 A:2@0.1", "m1 m2"},
		{"the same robot without an id within 3 s", "A@0 A@3", "m1 m1"},
		{"the same robot without an id after 3 s", "A@0 A@3.001", "m1 m2"},
		{"the same robot, only one of the two with an id", "A@0 A:1@2", "m1 m1"},
		{"another robot within 120 s", "A@0 B@120", "m1 m1"},
		{"another robot after 120 s", "A@0 B@120.001", "m1 m2"},
		{"ids of two robots are not compared", "A:1@0 B:1@121", "m1 m2"},
		{"a repeated id goes to its own message, not to one that another robot heard", "B:9@0 A:1@130 B:8@140 B:7@150 A:1@151", "m1 m2 m2 m3 m2"},
		{"a report that comes out of order", "A@5 B@4", "m1 m1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var h heard
			var got []string
			for _, r := range reports(t, c.script) {
				got = append(got, h.report(r))
			}
			require.Equal(t, c.want, strings.Join(got, " "))
		})
	}
}

func TestOtherContentIsNoDuplicate(t *testing.T) {
	base := desk.UtteranceDigest("张三", 1, "好的")
	require.Equal(t, base, desk.UtteranceDigest(" 张三\u200b", 1, "好的"), "phones show names differently")
	for _, other := range []uint64{
		desk.UtteranceDigest("李四", 1, "好的"), desk.UtteranceDigest("张三", 2, "好的"), desk.UtteranceDigest("张三", 1, "好的。"),
		desk.UtteranceDigest("张三", 11, "好的"), desk.UtteranceDigest("张三1", 1, "好的"), desk.UtteranceDigest("张三", 1, ""),
	} {
		require.NotEqual(t, base, other)
	}
	stored := []*flowdeskv1.Report{{Message: "m1", Digest: base, Robots: []string{"A"}, PlatformIds: []string{"1"}, Time: timestamppb.New(time.Unix(9, 0))}}
	r := desk.NewReport{Robot: "A", PlatformID: "1", Digest: base + 1, Time: time.Unix(9, 0)}
	require.Empty(t, desk.JudgeReport(stored, r, sameRobot, otherRobot).DuplicateOf, "one id has been seen on two contents")
}

func TestWindowsOfZeroSwitchTheirRuleOff(t *testing.T) {
	at := time.Unix(9, 0)
	stored := []*flowdeskv1.Report{{Message: "m1", Digest: said, Robots: []string{"A"}, PlatformIds: []string{""}, Time: timestamppb.New(at)}}
	require.Empty(t, desk.JudgeReport(stored, desk.NewReport{Robot: "B", Digest: said, Time: at}, sameRobot, 0).DuplicateOf)
	require.Empty(t, desk.JudgeReport(stored, desk.NewReport{Robot: "A", Digest: said, Time: at}, 0, otherRobot).DuplicateOf)
}

// However the reports of robots that all hear all utterances interleave, there are as many messages as utterances.
func TestEveryInterleavingGivesAsManyMessagesAsUtterances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		robots := rapid.IntRange(1, 4).Draw(t, "robots")
		utterances := rapid.IntRange(1, 4).Draw(t, "utterances")
		var order []int
		for r := range robots {
			for range utterances {
				order = append(order, r)
			}
		}
		order = rapid.Permutation(order).Draw(t, "order")
		var h heard
		for i, r := range order {
			h.report(desk.NewReport{Robot: fmt.Sprint("R", r), PlatformID: fmt.Sprint(i), Digest: said, Time: time.Unix(int64(i), 0)})
		}
		require.Len(t, h, utterances)
		for _, stored := range h {
			require.Len(t, stored.GetRobots(), robots)
		}
	})
}

func BenchmarkJudgeReport(b *testing.B) {
	var stored []*flowdeskv1.Report
	for i := range 64 {
		stored = append(stored, &flowdeskv1.Report{
			Message: "m", Digest: uint64(i), Robots: []string{"A", "B"}, PlatformIds: []string{"1", "2"}, Time: timestamppb.New(time.Unix(int64(i), 0)),
		})
	}
	b.ReportAllocs()
	for b.Loop() {
		r := desk.NewReport{Robot: "A", PlatformID: "3", Digest: desk.UtteranceDigest("张三", 1, "好的"), Time: time.Unix(64, 0)}
		desk.JudgeReport(stored, r, sameRobot, otherRobot)
	}
}
