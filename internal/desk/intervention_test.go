package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestJudgeIntervention(t *testing.T) {
	t.Parallel()
	received := &flowdeskv1.Understanding{Response: true}
	for name, c := range map[string]struct {
		facts desk.InterventionFacts
		users []string
	}{
		"mention wins":             {desk.InterventionFacts{Mentioned: []string{"a"}, MentionsOthers: true, MentionsAll: true, Asking: []string{"b"}, Own: []string{"c"}}, []string{"a"}},
		"an ignored phrase":        {desk.InterventionFacts{Ignored: true, Mentioned: []string{"a"}, Asking: []string{"b"}}, nil},
		"mentions do not count":    {desk.InterventionFacts{NotMention: true, Mentioned: []string{"a"}, Asking: []string{"b"}}, nil},
		"who waits does not count": {desk.InterventionFacts{NotAsking: true, Asking: []string{"b"}, Recent: "b"}, nil},
		"own go on without those":  {desk.InterventionFacts{NotAsking: true, Asking: []string{"b"}, Own: []string{"c"}}, []string{"c"}},
		"who spoke does not count": {desk.InterventionFacts{NotRecent: true, Recent: "b"}, nil},
		"announcement":             {desk.InterventionFacts{MentionsAll: true, Asking: []string{"b"}}, nil},
		"to colleagues":            {desk.InterventionFacts{MentionsOthers: true, Asking: []string{"b"}}, nil},
		"收到 to a colleague":        {desk.InterventionFacts{AfterColleague: true, Understanding: received, Asking: []string{"b"}}, nil},
		"收到 to a user":             {desk.InterventionFacts{Understanding: received, Asking: []string{"b"}}, []string{"b"}},
		"answer after a colleague": {desk.InterventionFacts{AfterColleague: true, Asking: []string{"b"}}, []string{"b"}},
		"those who wait":           {desk.InterventionFacts{Asking: []string{"a", "b"}, Recent: "c"}, []string{"a", "b"}},
		"who spoke last":           {desk.InterventionFacts{Recent: "c"}, []string{"c"}},
		"own go on beside":         {desk.InterventionFacts{Asking: []string{"a"}, Own: []string{"a", "b"}}, []string{"a", "b"}},
		"own go on alone":          {desk.InterventionFacts{Own: []string{""}}, []string{""}},
		"nobody":                   {desk.InterventionFacts{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judged := desk.JudgeIntervention(c.facts)
			require.Equal(t, c.users, judged.Users, judged.Reason)
			require.NotEmpty(t, judged.Reason)
		})
	}
}
