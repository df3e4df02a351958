package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Role says whose message it is.
type Role string

// The roles of messages; the system text is a field of the request.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one message of the conversation shown to the model.
type Message struct {
	Role Role
	Text string
}

// Request is one question to a model.
type Request struct {
	Use             string // the purpose, for example ai_reply: it chooses providers and budget
	System          string
	Messages        []Message
	MaxOutputTokens int      // 0 is the provider's default
	Temperature     *float64 // sent only where the provider takes it
	TopP            *float64
	Thinking        bool
	Output          *Output       // nil is plain text
	Timeout         time.Duration // for everything; 0 is the use's
	RequestID       string        // sent where the provider takes one
}

const (
	maxPromptBytes  = 1 << 20
	maxMessages     = 1000
	maxOutputTokens = 64 << 10
)

func (r *Request) check() error {
	if r.Use == "" {
		return errors.New("request names no use")
	}
	if len(r.Messages) == 0 || len(r.Messages) > maxMessages {
		return fmt.Errorf("request has %d messages, not between 1 and %d", len(r.Messages), maxMessages)
	}
	size := len(r.System)
	for _, m := range r.Messages {
		if m.Role != User && m.Role != Assistant {
			return fmt.Errorf("message has the role %q", m.Role)
		}
		size += len(m.Text)
	}
	if size > maxPromptBytes {
		return fmt.Errorf("request has %d bytes of text, more than %d", size, maxPromptBytes)
	}
	if r.MaxOutputTokens < 0 || r.MaxOutputTokens > maxOutputTokens {
		return fmt.Errorf("request asks for %d tokens of output, not between 0 and %d", r.MaxOutputTokens, maxOutputTokens)
	}
	return nil
}

// Answer is what a model answered.
type Answer struct {
	Text     string          // plain text, without reasoning
	JSON     json.RawMessage // the checked object, when the request asked for one
	Finish   string          // as the provider said
	Spend    Spend           // of all attempts together
	Provider string
	Model    string
	Latency  time.Duration // of all attempts together
	Attempts []Attempt
}

// Into reads the object into m, which must be of the type that the request's MessageOutput was made from.
func (a Answer) Into(m proto.Message) error {
	if a.JSON == nil {
		return errors.New("the answer has no typed output")
	}
	return protojson.Unmarshal(a.JSON, m)
}

// Attempt is one round trip, or a provider that was passed over.
type Attempt struct {
	Provider, Model string
	Class           Class // 0 is success
	Status          int
	Spend           Spend
	Latency         time.Duration
	Problem         string // what was wrong, without keys
}
