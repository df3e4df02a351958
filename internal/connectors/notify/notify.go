// Package notify tells staff what happened, through the webhooks of group chat robots: WeCom, DingTalk, Feishu or Lark, and
// any receiver that takes signed webhooks.
//
// What it promises:
//
//   - Every send ends in one of five ways: sent (no error), permanent, limited, transient, unknown. None of the receivers
//     can recognise a repetition, except the signed webhook by its id: after unknown, a repetition may double the notice.
//   - The limit of a robot is kept before the robot enforces it: a send that would pass it is refused at once as limited,
//     with the time to wait. The caller waits, not this package.
//   - Text is cut to the receiver's bound between characters, and says that it was cut.
//   - Addresses and secrets are never shown in errors or logs; answers are read to 4 KiB.
//   - The address dialled is public, or allowed by the operator (package dial).
//
// It may import gen, the standard library, third-party packages and the connectors' dial and secret, nothing else of ours.
package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Kind is the kind of a receiver.
type Kind string

// The kinds.
const (
	WeCom    Kind = "wecom"
	DingTalk Kind = "dingtalk"
	Feishu   Kind = "feishu" // and Lark
	Webhook  Kind = "webhook"
)

// Channel is one receiver.
type Channel struct {
	Name    string        // for logs and limits; unique
	Kind    Kind          //
	Address secret.String // the whole webhook address, which is itself a key
	Secret  secret.String // for signing; empty where the robot has no signature
}

// Notice is what is told.
type Notice struct {
	ID       string // of the notice; the signed webhook sends it, so that a repetition can be recognised
	Title    string
	Text     string
	Markdown bool     // Text is markdown, where the receiver knows it
	Mention  []string // user ids as the receiver knows them
	All      bool     // mention everybody
}

// Notifier sends notices.
type Notifier interface {
	// Send must deliver the notice once, or return an *Error that says how it failed.
	Send(ctx context.Context, channel Channel, notice Notice) error
}

// Class says how a send failed.
type Class string

// The classes.
const (
	Permanent Class = "permanent" // signature, keyword, key, address, content: a person must mend it
	Limited   Class = "limited"   // not sent; may be sent after Wait
	Transient Class = "transient" // not sent; may be sent again
	Unknown   Class = "unknown"   // perhaps sent
)

// Error is a failed send.
type Error struct {
	Channel string
	Kind    Kind
	Class   Class
	Status  int // HTTP status, 0 without an answer
	Code    int // the receiver's code
	Message string
	Wait    time.Duration // for limited
	Err     error
}

// Error tells channel, class and what is known.
func (e *Error) Error() string {
	out := fmt.Sprintf("notify %s channel %s: %s", e.Kind, e.Channel, e.Class)
	if e.Status != 0 {
		out += fmt.Sprintf(" (status %d, code %d)", e.Status, e.Code)
	}
	if e.Message != "" {
		out += ": " + e.Message
	}
	if e.Wait > 0 {
		out += fmt.Sprintf(", wait %s", e.Wait)
	}
	if e.Err != nil {
		out += ": " + e.Err.Error()
	}
	return out
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
