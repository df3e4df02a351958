package text

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

func TestWhoSaysThatItCanWaitIsNotUrgent(t *testing.T) {
	t.Parallel()
	u := open(t)
	const (
		low    = flowdeskv1.Urgency_URGENCY_LOW
		normal = flowdeskv1.Urgency_URGENCY_NORMAL
		high   = flowdeskv1.Urgency_URGENCY_HIGH
	)
	for said, want := range map[string]flowdeskv1.Urgency{
		"不急，发票怎么开": low, "不着急，有空告诉我发票怎么开就行": low, "方便的时候帮我看下怎么换头像": low, "no rush, how do I get an invoice": low,
		"发票怎么开": normal, "明天有空吗，想去店里看看": normal,
		"很急，发票怎么开": high, "着急用，发票马上要": high, "投诉你们，不急，慢慢来处理吧": normal,
	} {
		require.Equal(t, want, u.Understand(said, "", Words{}).GetUrgency(), said)
	}
}
