package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

const webhookText = 16 << 10 // bytes

// webhook sends what the Standard Webhooks specification describes: an id, a timestamp, and a signature over both and the body.
func webhook() dialect {
	return dialect{
		limits: []limit{{600, time.Minute}},
		build: func(_ Channel, n Notice, now time.Time) (request, error) {
			if n.ID == "" {
				return request{}, errors.New("a signed webhook needs the notice's id")
			}
			return request{
				body: map[string]any{
					"type": "flowdesk.notice", "timestamp": now.UTC().Format(time.RFC3339),
					"data": map[string]any{"id": n.ID, "title": cut(n.Title, 1<<10), "text": cut(n.Text, webhookText), "markdown": n.Markdown, "mention": n.Mention, "all": n.All},
				},
				sign: func(h http.Header, key secret.String, body []byte) {
					seconds := strconv.FormatInt(now.Unix(), 10)
					h.Set("Webhook-Id", n.ID)
					h.Set("Webhook-Timestamp", seconds)
					if !key.Empty() {
						h.Set("Webhook-Signature", WebhookSignature(n.ID, seconds, body, key))
					}
				},
			}, nil
		},
		read: func(http.Header, []byte) (verdict, bool) { return verdict{}, true }, // the status says it all
	}
}

// WebhookSignature is "v1," and base64(HMAC-SHA256(key, "<id>.<seconds>.<body>")). A key that begins with whsec_ is base64.
func WebhookSignature(id, seconds string, body []byte, key secret.String) string {
	raw := []byte(key.Reveal())
	if text, ok := strings.CutPrefix(key.Reveal(), "whsec_"); ok {
		if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
			raw = decoded
		}
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
