package robots

import (
	"context"
	"time"
)

// Platform is everything we ask of a robot platform. Every call must return before its context ends and must
// report failures as a *CallError, so that callers can tell a refusal from an unknown outcome.
type Platform interface {
	Sender
	Observer
	Callbacks
}

// Sender sends commands and learns what became of them.
type Sender interface {
	// Send hands over one batch: 1 to MaxBatch commands, no two equal (see Batches). Success means that the
	// platform accepted the batch, not that a phone has done it.
	Send(ctx context.Context, account Account, commands []Command) (Receipt, error)
	// Results lists results of commands that a phone has worked off. A command without a result is queued,
	// running or lost; it has not failed.
	Results(ctx context.Context, account Account, query Query) (Page[Result], error)
	// Accepted lists what the platform has accepted, whether or not a phone has done it. It is the only way to
	// learn whether a send of unknown outcome arrived.
	Accepted(ctx context.Context, account Account, query Query) (Page[Acceptance], error)
}

// Observer tells how a robot stands.
type Observer interface {
	Online(ctx context.Context, account Account) (OnlineState, error)
	Info(ctx context.Context, account Account) (Info, error)
	// CallbackLog lists the messages that the platform reported, or tried to report, to the message callback.
	CallbackLog(ctx context.Context, account Account, query LogQuery) (Page[LoggedMessage], error)
}

// Callbacks registers the addresses to which the platform reports.
type Callbacks interface {
	// SetMessageCallback switches the message callback on at the address, or off where it is empty.
	SetMessageCallback(ctx context.Context, account Account, address string, policy ReplyPolicy) error
	BindCallback(ctx context.Context, account Account, kind CallbackKind, address string) error
	UnbindCallback(ctx context.Context, account Account, kind CallbackKind) error
	ListCallbacks(ctx context.Context, account Account) ([]Binding, error)
}

// Receipt is the platform's word that it accepted a batch. All results of the batch carry its id.
type Receipt struct {
	MessageID string
}

// Page is one page of a listing; Next is the number of the following page, 0 at the end.
type Page[T any] struct {
	Items []T
	Next  int
}

// Query selects results or acceptances, newest first. Zero fields select everything.
type Query struct {
	MessageID string
	Type      Code
	From, To  time.Time
	Page      int // from 1; 0 means 1
	Size      int // 0 means 100
}

// LogQuery selects logged message callbacks, newest first.
type LogQuery struct {
	From, To time.Time
	Name     string // only of this sender or group
	Page     int
	Size     int
}

// OnlineState is what the platform says about the connection of a robot's phone.
type OnlineState int

// The states of a phone's connection. Unknown is an answer that says neither.
const (
	OnlineUnknown OnlineState = iota
	Online
	Offline
)

// String names the state for logs.
func (s OnlineState) String() string {
	return [...]string{"unknown", "online", "offline"}[min(max(s, 0), Offline)]
}

// ReplyPolicy decides of which messages a robot reports to the message callback.
type ReplyPolicy int

// The reply policies of the platform.
const (
	ReplyNever     ReplyPolicy = -1
	ReplyMentioned ReplyPolicy = 0 // private chats, and group messages that mention the robot
	ReplyAll       ReplyPolicy = 1
)

// CallbackKind numbers what an address is bound to.
type CallbackKind int

// The kinds of callbacks. CallbackMessage is only listed; SetMessageCallback sets it.
const (
	CallbackQRCode  CallbackKind = 0
	CallbackResult  CallbackKind = 1
	CallbackOnline  CallbackKind = 5
	CallbackOffline CallbackKind = 6
	CallbackMessage CallbackKind = 11
)

// Binding is an address bound to a kind of callback.
type Binding struct {
	ID      string
	Kind    CallbackKind
	Address string
	Name    string
}

// Info is how a robot is set up at the platform.
type Info struct {
	Name            string
	MessageCallback bool
	Policy          ReplyPolicy
	KeyCheck        bool
	FormData        bool // callbacks come as form data instead of JSON
	CreatedAt       time.Time
}
