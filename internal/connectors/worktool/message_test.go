package worktool

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

const sampleMessage = `{"spoken":"发票怎么开","rawSpoken":"@小助手 发票怎么开","receivedName":"张三",
 "groupName":"华东客户群","groupRemark":"","roomType":1,"atMe":true,"textType":1}`

const sampleResult = `{"messageId":"1784417250785046528","errorCode":201102,
 "errorReason":"发送成功:  发送失败: 华东客户群","runTime":1714273200000,"timeCost":21.3,
 "type":203,"rawMsg":"{\"type\":203,\"titleList\":[\"华东客户群\"],\"receivedContent\":\"...\"}",
 "successList":[],"failList":["华东客户群"]}`

func TestParseMessageReadsTheSample(t *testing.T) {
	t.Parallel()
	m, err := ParseMessage([]byte(sampleMessage), "application/json")
	require.NoError(t, err)
	require.Equal(t, robots.Message{
		Spoken: "发票怎么开", RawSpoken: "@小助手 发票怎么开", Sender: "张三", Group: "华东客户群",
		Room: robots.RoomExternalGroup, AtMe: true, Type: robots.TextPlain,
	}, m)
}

func BenchmarkParseMessage(b *testing.B) {
	body := []byte(sampleMessage)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ParseMessage(body, "application/json"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseResult(b *testing.B) {
	body := []byte(sampleResult)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ParseResult(body); err != nil {
			b.Fatal(err)
		}
	}
}
