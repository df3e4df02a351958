package worktool

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// BenchmarkSend sends batches of fifty texts over TCP; both ends run in this process.
func BenchmarkSend(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"code":0,"message":"success","data":"1784417250785046528"}`)
	}))
	defer server.Close()
	c := New(Options{})
	account := robots.Account{BaseURI: server.URL, RobotID: "worktool1"}
	batch := make([]robots.Command, 50)
	for i := range batch {
		batch[i] = robots.Text{Target: "华东客户群", Content: fmt.Sprintf("您好,已为您登记,编号%d,请稍候", i), At: []string{"张三"}}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Send(b.Context(), account, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/command")
}
