package flows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestAlertsOfAPersonInOtherGroupsCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		elsewhere []*flowdeskv1.PersonAlerts
		want      flowdeskv1.AlertLevel // of the second in this group
	}{
		"none":            {nil, grave},
		"one":             {[]*flowdeskv1.PersonAlerts{{Person: "zhang", Session: "g2", Day: "2026-01-05", Count: 1}}, info},
		"yesterday":       {[]*flowdeskv1.PersonAlerts{{Person: "zhang", Session: "g2", Day: "2026-01-04", Count: 9}}, grave},
		"of this group":   {[]*flowdeskv1.PersonAlerts{{Person: "zhang", Session: "g1", Day: "2026-01-05", Count: 9}}, grave},
		"of other people": {[]*flowdeskv1.PersonAlerts{{Person: "li", Session: "g2", Day: "2026-01-05", Count: 9}}, grave},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "2026-01-05 10:00:00", func(env *flowdeskv1.Environment) {
				env.People = append(env.People, &flowdeskv1.Person{Id: "zhang", Title: "张三", Role: flowdeskv1.Role_ROLE_USER})
				env.Alerts = c.elsewhere
			})
			w.tell("张三", "我的钱什么时候到账")
			require.Equal(t, warning, w.alert(important).GetLevel())
			require.Equal(t, "zhang", w.alert(important).GetPerson())
			w.tell("张三", "我想退群了")
			require.Equal(t, c.want, w.alert(flowdeskv1.AlertCategory_ALERT_CATEGORY_CHURN).GetLevel())
		})
	}
}
