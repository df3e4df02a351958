package standin_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// BenchmarkCommands measures one command from its arrival in a batch of fifty over TCP to the arrival of its result
// callback over TCP: the whole of both ends, in one process.
func BenchmarkCommands(b *testing.B) {
	const robots, batch = 20, 50
	var world standin.World
	for r := range robots {
		id := fmt.Sprintf("r%d", r)
		world.Robots = append(world.Robots, standin.RobotSeed{ID: id, Name: "小助手" + id})
		for g := range 10 {
			world.Groups = append(world.Groups, standin.GroupSeed{Name: fmt.Sprintf("群%s之%d", id, g), Robots: []string{id}})
		}
	}
	sim, err := standin.New(b.Context(), standin.Options{
		PhoneDelay: standin.NoDelay, RateLimit: standin.Off, Ledger: standin.Off, Keep: 100, World: world,
	})
	if err != nil {
		b.Fatal(err)
	}
	defer sim.Close()
	platform := httptest.NewServer(sim)
	defer platform.Close()
	var arrived atomic.Int64
	all := make(chan struct{}, 1)
	var want atomic.Int64
	us := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{"application/json"}
		_, _ = io.WriteString(w, `{"code":0,"message":"success"}`)
		if n := arrived.Add(1); n == want.Load() {
			all <- struct{}{}
		}
	}))
	defer us.Close()
	post := func(path, body string) {
		res, err := http.Post(platform.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	bodies := make([]string, robots)
	for r := range robots {
		post(fmt.Sprintf("/robot/robotInfo/callBack/bind?robotId=r%d", r), fmt.Sprintf(`{"type":1,"callBackUrl":%q}`, us.URL))
		var list []string
		for i := range batch {
			list = append(list, fmt.Sprintf(
				`{"type":203,"titleList":["群r%d之%d"],"receivedContent":"您好,已为您登记,编号%d,请稍候","atList":["张三"]}`, r, i%10, i))
		}
		bodies[r] = `{"socketType":2,"list":[` + strings.Join(list, ",") + `]}`
	}
	arrived.Store(0)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; {
		n := min(robots*batch, (b.N-done+batch-1)/batch*batch)
		arrived.Store(0)
		want.Store(int64(n))
		for r := range n / batch {
			post(fmt.Sprintf("/wework/sendRawMessage?robotId=r%d", r), bodies[r])
		}
		<-all
		done += n
	}
}
