// Package ledger holds what was acknowledged to a load generator and what a robots' platform accepted. It stands outside of what is tested.
//
// It may import the platform's stand-in.
package ledger

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
)

// Token names one message, in its text and in every command that answers it.
type Token string

// tokens finds the tokens in a text. Several replies that are said as one carry several.
var tokens = regexp.MustCompile(`〔[0-9a-z]+-[0-9]+〕`)

// Tokens are the tokens in a text, in their order.
func Tokens(text string) []Token {
	var found []Token
	for _, t := range tokens.FindAllString(text, -1) {
		found = append(found, Token(t))
	}
	return found
}

// Asked is one message as its sender knows it.
type Asked struct {
	Token  Token
	Room   int
	Number int // in its room; a room's messages are sent one after the other
	Sent   time.Time
	// Acknowledged is when its callback was answered with success; zero when it was not, and then it may have been taken or not.
	Acknowledged time.Time
	// Due is when it may be answered.
	Due time.Time
	// Silent messages get no reply.
	Silent bool
}

// Call is one command that the platform accepted.
type Call struct {
	standin.Entry

	Tokens []Token
	Heard  time.Time
}

// Ledger holds what was acknowledged to the senders and what the platform accepted. It stands outside of what is tested.
type Ledger struct {
	mu    sync.Mutex
	asked map[Token]*Asked
	order []*Asked
	calls []*Call
	heard map[Token]int
	wait  map[Token]chan struct{}
}

// New makes an empty ledger.
func New() *Ledger {
	return &Ledger{asked: make(map[Token]*Asked), heard: make(map[Token]int), wait: make(map[Token]chan struct{})}
}

// Ask notes a message before it is sent.
func (l *Ledger) Ask(a *Asked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.asked[a.Token] != nil {
		panic(fmt.Sprintf("token %s is asked twice", a.Token)) //nolint:forbidigo // the rig is wrong
	}
	l.asked[a.Token] = a
	l.order = append(l.order, a)
}

// Answer notes that a message's callback was answered with success.
func (l *Ledger) Answer(a *Asked) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.Acknowledged.IsZero() {
		a.Acknowledged = time.Now()
	}
}

// Accept notes a command that the platform accepted.
func (l *Ledger) Accept(e standin.Entry) {
	call := &Call{Entry: e, Tokens: Tokens(e.Content), Heard: time.Now()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, call)
	for _, t := range call.Tokens {
		l.heard[t]++
		if done := l.wait[t]; done != nil {
			close(done)
			delete(l.wait, t)
		}
	}
}

// Replied gives a channel that is closed when a message's first reply was accepted.
func (l *Ledger) Replied(t Token) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	done := l.wait[t]
	if done == nil {
		done = make(chan struct{})
		if l.heard[t] > 0 {
			close(done)
			return done
		}
		l.wait[t] = done
	}
	return done
}

// Asked lists the messages in the order of their sending.
func (l *Ledger) Asked() []*Asked {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.order)
}

// Calls lists the accepted commands in the order of their acceptance.
func (l *Ledger) Calls() []*Call {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// Acknowledged counts the acknowledged messages.
func (l *Ledger) Acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.order {
		if !a.Acknowledged.IsZero() {
			n++
		}
	}
	return n
}

// Pending counts the acknowledged messages that are due and have no reply yet.
func (l *Ledger) Pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, a := range l.order {
		if !a.Acknowledged.IsZero() && !a.Silent && l.heard[a.Token] == 0 {
			n++
		}
	}
	return n
}
