package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const feishuBody = 18 << 10 // bytes of text; the whole body may have 20 KB

func feishu() dialect {
	return dialect{
		limits: []limit{{100, time.Minute}, {5, time.Second}},
		build: func(c Channel, n Notice, now time.Time) (request, error) {
			tail := ""
			for _, id := range mentions(n) {
				tail += ` <at user_id="` + id + `"></at>`
			}
			if n.All {
				tail += ` <at user_id="all">所有人</at>`
			}
			// The bound is on the body, where quotes and line ends take more bytes than in the text.
			room := feishuBody - encoded(tail)
			text := cut(noTags(n.joined()), room)
			for text != "" && encoded(text) > room {
				text = cut(text, len(text)-(encoded(text)-room)/6-len(ellipsis)-1)
			}
			body := map[string]any{"msg_type": "text", "content": map[string]any{"text": text + tail}}
			if n.Markdown {
				body = map[string]any{"msg_type": "interactive", "card": map[string]any{"elements": []any{
					map[string]any{"tag": "div", "text": map[string]any{"tag": "lark_md", "content": text + strings.ReplaceAll(tail, "user_id=", "id=")}},
				}}}
			}
			if !c.Secret.Empty() {
				seconds := strconv.FormatInt(now.Unix(), 10)
				body["timestamp"], body["sign"] = seconds, feishuSign(seconds, c.Secret)
			}
			return request{body: body}, nil
		},
		read: func(h http.Header, body []byte) (verdict, bool) {
			var a struct {
				Code   *int   `json:"code"`
				Old    *int   `json:"StatusCode"`
				Msg    string `json:"msg"`
				OldMsg string `json:"StatusMessage"`
			}
			if json.Unmarshal(body, &a) != nil {
				return verdict{}, false
			}
			if a.Code == nil {
				a.Code, a.Msg = a.Old, a.OldMsg
			}
			if a.Code == nil {
				return verdict{}, false
			}
			return decide(*a.Code, a.Msg, map[int]verdict{11232: {class: Limited, wait: resetIn(h)}}), true
		},
	}
}

func encoded(text string) int {
	return len(marshal(text))
}

// feishuSign is base64(HMAC-SHA256(key = "<sec>\n<secret>", message = "")): key and message are swapped against DingTalk.
func feishuSign(seconds string, key secret.String) string {
	mac := hmac.New(sha256.New, []byte(seconds+"\n"+key.Reveal()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
