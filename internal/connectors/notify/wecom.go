package notify

import (
	"encoding/json"
	"net/http"
	"time"
)

const (
	wecomText     = 2048 // bytes
	wecomMarkdown = 4096 // bytes
)

func wecom() dialect {
	return dialect{
		limits: []limit{{20, time.Minute}},
		build: func(_ Channel, n Notice, _ time.Time) (request, error) {
			mention := mentions(n)
			if n.Markdown && !n.All { // markdown cannot mention all
				tail := ""
				for _, id := range mention {
					tail += " <@" + id + ">"
				}
				return request{body: map[string]any{"msgtype": "markdown", "markdown": map[string]any{"content": cut(noTags(n.joined()), wecomMarkdown-len(tail)) + tail}}}, nil
			}
			if n.All {
				mention = append(mention, "@all")
			}
			text := map[string]any{"content": cut(n.joined(), wecomText)}
			if len(mention) > 0 {
				text["mentioned_list"] = mention
			}
			return request{body: map[string]any{"msgtype": "text", "text": text}}, nil
		},
		read: func(_ http.Header, body []byte) (verdict, bool) {
			return errcode(body, map[int]verdict{45009: {class: Limited, wait: time.Minute}, -1: {class: Transient}})
		},
	}
}

// errcode reads the answer of WeCom and DingTalk. A code that is not in the table is permanent.
func errcode(body []byte, table map[int]verdict) (verdict, bool) {
	var a struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if json.Unmarshal(body, &a) != nil || a.Code == nil {
		return verdict{}, false
	}
	return decide(*a.Code, a.Message, table), true
}

func decide(code int, message string, table map[int]verdict) verdict {
	v := verdict{class: Permanent}
	if code == 0 {
		v.class = ""
	} else if known, ok := table[code]; ok {
		v = known
	}
	v.code, v.message = code, message
	return v
}
