package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const (
	dingtalkBody  = 18 << 10 // bytes of text; the vendor's bound is 20 KB for the whole body
	dingtalkBlock = 10 * time.Minute
)

func dingtalk() dialect {
	return dialect{
		limits: []limit{{20, time.Minute}},
		build: func(c Channel, n Notice, now time.Time) (request, error) {
			at := map[string]any{"isAtAll": n.All}
			if who := mentions(n); len(who) > 0 {
				at["atUserIds"] = who
			}
			out := request{body: map[string]any{"msgtype": "text", "text": map[string]any{"content": cut(n.joined(), dingtalkBody)}, "at": at}}
			if n.Markdown {
				tail := "" // in markdown, who is mentioned must also stand in the text
				for _, id := range mentions(n) {
					tail += " @" + id
				}
				title := n.Title
				if title == "" {
					title = cut(strings.SplitN(n.Text, "\n", 2)[0], 60)
				}
				out.body = map[string]any{"msgtype": "markdown", "markdown": map[string]any{"title": title, "text": cut(n.joined(), dingtalkBody) + tail}, "at": at}
			}
			if !c.Secret.Empty() {
				ms := strconv.FormatInt(now.UnixMilli(), 10)
				out.query = url.Values{"timestamp": {ms}, "sign": {dingtalkSign(ms, c.Secret)}}
			}
			return out, nil
		},
		read: func(_ http.Header, body []byte) (verdict, bool) {
			return errcode(body, map[int]verdict{
				130101: {class: Limited, wait: dingtalkBlock}, // blocked: trying again prolongs it
				90030:  {class: Limited, wait: time.Hour},
				-1:     {class: Transient},
			})
		},
	}
}

// dingtalkSign is base64(HMAC-SHA256(key = secret, message = "<ms>\n<secret>")).
func dingtalkSign(ms string, key secret.String) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(ms + "\n" + key.Reveal()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
