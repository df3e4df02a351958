package nodes_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// TestAnyHistoryOfOperatorsAndStaff lets people talk, withdraw, act on tasks and stay silent at random: no node fails or does what its type does
// not declare, every turn replays, and in the end no instruction waits for an answer.
func TestAnyHistoryOfOperatorsAndStaff(t *testing.T) {
	t.Parallel()
	names := []string{"财神爷", "财神爷", "小助理", "客服小李", "售后小王", "张三", "张三", "李四", "王五", "白班小助手"}
	texts := []string{
		"请今天完成实名认证", "好的", "收到", "发票怎么开？", "您好，我来看看", "每次都这样催催催，烦不烦", "你们太不负责任了", "弄好了", "大家早上好", "谢谢", "", "请大家尽快扫码登录",
	}
	mentioned := []string{"", "", "", "@张三 ", "@李四 ", "@张三 @李四 ", "@所有人 ", "@财神爷 ", "@小助理 ", "@陌生人 "}
	shipped, err := os.ReadFile("../flows/unified.yaml")
	require.NoError(t, err)
	flows := []string{operatorFlow, staffFlow, string(shipped)}
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			pick := func(from []string) string { return from[random.IntN(len(from))] }
			r := newRoom(t, flows[seed%3], "2026-01-05 10:00:00")
			for range 40 {
				tasks, n := r.state.GetTasks(), random.IntN(20)
				switch {
				case n == 0:
					r.withdraws(r.turns[max(0, len(r.turns)-1-random.IntN(3))])
				case n == 1 && len(tasks) > 0:
					r.asks(tasks[random.IntN(len(tasks))].GetId(), flowdeskv1.TaskAction(1+random.IntN(len(flowdeskv1.TaskAction_name)-1)))
				case n < 5:
					r.passes(time.Duration(random.IntN(40)) * time.Minute)
				default:
					r.says(pick(names), pick(mentioned)+pick(texts))
				}
				r.now = r.now.Add(time.Duration(random.IntN(90)) * time.Second)
			}
			r.passes(49 * time.Hour)
			require.Empty(t, r.state.GetInterventions())
			for _, waiting := range r.state.GetInstances() {
				for _, wait := range waiting.GetWaits() {
					kind := r.program.Node(wait.GetNode()).Type.Kind
					require.NotContains(t, []engine.Kind{"USER_RESPONSE_DETECT", "NO_RESPONSE_NOTIFY"}, kind)
				}
			}
		})
	}
}
