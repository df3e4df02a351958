// Package robotlink joins the outbox and the callbacks to the WorkTool connector: it puts commands into the platform's words, and results
// into ours.
//
// It may import engine, engine/runner/outbox, server (interfaces), the robots connectors, internal/desk and gen.
package robotlink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// Link is the way to WorkTool.
type Link struct {
	platform robots.Platform
	accounts atomic.Pointer[map[string]robots.Account]
	settle   func(outbox.Result)
	presence func(robot string, online bool)
}

// New makes a link. Settle gets results that callbacks bring, presence the coming and going of robots.
func New(platform robots.Platform) *Link {
	l := &Link{platform: platform, settle: func(outbox.Result) {}, presence: func(string, bool) {}}
	l.accounts.Store(&map[string]robots.Account{})
	return l
}

// OnResult says who gets results; it must be called before callbacks are served.
func (l *Link) OnResult(settle func(outbox.Result)) { l.settle = settle }

// OnPresence says who hears of robots that come and go; it must be called before callbacks are served.
func (l *Link) OnPresence(presence func(robot string, online bool)) { l.presence = presence }

// SetRobots says which accounts there are.
func (l *Link) SetRobots(records []*storage.RobotRecord) {
	accounts := make(map[string]robots.Account, len(records))
	for _, r := range records {
		accounts[r.Robot.GetId()] = robots.Account{BaseURI: r.Robot.GetBaseUri(), RobotID: r.Robot.GetRobotId(), Key: r.Robot.GetKey()}
	}
	l.accounts.Store(&accounts)
}

func (l *Link) account(robot string) (robots.Account, error) {
	account, ok := (*l.accounts.Load())[robot]
	if !ok {
		return account, fmt.Errorf("robot %s: %w", robot, outbox.ErrInvalid)
	}
	return account, nil
}

// Compose implements outbox.Link.
func (l *Link) Compose(env *engine.Env, robot string, c *flowdeskv1.Command) (outbox.Parcel, error) {
	target := targetName(env.Group(c.GetTargetSession()), robot)
	if target == "" {
		return outbox.Parcel{}, fmt.Errorf("%w: robot %s knows no name of session %s", outbox.ErrInvalid, robot, c.GetTargetSession())
	}
	var command robots.Command
	if c.GetKind() == flowdeskv1.CommandKind_COMMAND_KIND_RECALL {
		command = robots.Recall{Target: target, Original: c.GetText(), Kind: robots.TextPlain}
	} else {
		said := robots.Text{Target: target, Content: c.GetText()}
		if c.GetMention() && c.GetTargetName() != "" {
			said.At = []string{c.GetTargetName()}
		}
		command = said
	}
	if err := command.Validate(); err != nil {
		return outbox.Parcel{}, fmt.Errorf("%w: %w", outbox.ErrInvalid, err)
	}
	fingerprint := robots.FingerprintOf(command)
	return outbox.Parcel{Fingerprint: string(fingerprint[:]), Body: command}, nil
}

// targetName is the name by which a robot finds a group: its remark, else the group's name. The last alias counts: a group that was renamed is
// found under its new name only.
func targetName(g *flowdeskv1.Group, robot string) string {
	for _, a := range slices.Backward(g.GetAliases()) {
		if a.GetRobot() == robot {
			if a.GetRemark() != "" {
				return a.GetRemark()
			}
			return a.GetTitle()
		}
	}
	return ""
}

// Send implements outbox.Link.
func (l *Link) Send(ctx context.Context, robot string, parcels []outbox.Parcel) (string, error) {
	account, err := l.account(robot)
	if err != nil {
		return "", err
	}
	commands := make([]robots.Command, len(parcels))
	for i, p := range parcels {
		commands[i], _ = p.Body.(robots.Command)
	}
	guarded := robots.WithGuard(ctx, func() error { return outbox.MayWrite(ctx) })
	receipt, err := l.platform.Send(guarded, account, commands)
	return receipt.MessageID, translate(err)
}

// translate turns the connector's errors into the outbox's.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, robots.ErrLimited):
		return fmt.Errorf("%w: %w", outbox.ErrLimited, err)
	case errors.Is(err, robots.ErrRefused), errors.Is(err, robots.ErrInvalid):
		return fmt.Errorf("%w: %w", outbox.ErrRefused, err)
	default:
		return fmt.Errorf("%w: %w", outbox.ErrUnknown, err)
	}
}

// Bounds of look-ups. One for results may stop early, and says so: what is
// older is asked for by its batch. One that asks whether a send was accepted must see
// everything since the send before it may say no, because a no sends again.
const (
	maxPages      = 5
	maxProofPages = 200
	lookupPage    = 100
)

// Accepted implements outbox.Link.
func (l *Link) Accepted(ctx context.Context, robot string, parcel outbox.Parcel, since time.Time, next outbox.Pace) (string, bool, error) {
	account, err := l.account(robot)
	if err != nil {
		return "", false, err
	}
	for number := 1; number <= maxProofPages; {
		if err := paced(number, next); err != nil {
			return "", false, err
		}
		found, err := l.platform.Accepted(ctx, account, robots.Query{From: since, Page: number, Size: lookupPage})
		if err != nil {
			return "", false, translate(err)
		}
		earlier := false // newest first: the rest is older than the send
		for _, a := range found.Items {
			for i := range a.Commands {
				if fingerprint := a.Commands[i].Fingerprint(); string(fingerprint[:]) == parcel.Fingerprint {
					return a.MessageID, true, nil
				}
			}
			earlier = !a.At.IsZero() && a.At.Before(since.Truncate(time.Second))
		}
		if number = found.Next; number == 0 || earlier {
			return "", false, nil
		}
	}
	return "", false, fmt.Errorf("%w: more than %d sends since %s", outbox.ErrUnknown, maxProofPages*lookupPage, since)
}

// Results implements outbox.Link.
func (l *Link) Results(ctx context.Context, robot string, since time.Time, next outbox.Pace) (results []outbox.Result, whole time.Time, err error) {
	return l.results(ctx, robot, robots.Query{From: since}, next)
}

// ResultsOf implements outbox.Link.
func (l *Link) ResultsOf(ctx context.Context, robot, platformID string, next outbox.Pace) ([]outbox.Result, error) {
	results, _, err := l.results(ctx, robot, robots.Query{MessageID: platformID}, next)
	return results, err
}

// never is later than every send, in Unix seconds: a list without times that was not read to its end is whole from no time on.
const never = 1 << 40

// results reads a list of results page by page, and tells from when on it is whole.
func (l *Link) results(ctx context.Context, robot string, query robots.Query, next outbox.Pace) (results []outbox.Result, whole time.Time, err error) {
	account, err := l.account(robot)
	if err != nil {
		return nil, time.Time{}, err
	}
	query.Size = lookupPage
	last := time.Unix(never, 0) // newest first: when the earliest ran that was read
	for query.Page = 1; query.Page != 0; {
		if query.Page > maxPages {
			return results, last.Add(time.Second), nil // there may be more within that second
		}
		if err := paced(query.Page, next); err != nil {
			return nil, time.Time{}, err
		}
		found, err := l.platform.Results(ctx, account, query)
		if err != nil {
			return nil, time.Time{}, translate(err)
		}
		for i := range found.Items {
			results = append(results, resultOf(&found.Items[i], "lookup"))
			if at := found.Items[i].RunAt; !at.IsZero() {
				last = at
			}
		}
		query.Page = found.Next
	}
	return results, query.From, nil
}

// paced waits for leave to ask for a page after the first.
func paced(page int, next outbox.Pace) error {
	if page == 1 {
		return nil
	}
	if err := next(); err != nil {
		return fmt.Errorf("page %d of a look-up: %w", page, err)
	}
	return nil
}

func resultOf(r *robots.Result, proof string) outbox.Result {
	fingerprint := r.Fields.Fingerprint()
	judged := r.Code.Judge()
	return outbox.Result{
		PlatformID: r.MessageID, Fingerprint: string(fingerprint[:]), Success: r.Succeeded() || judged.CountAsDone, Code: int32(r.Code),
		Reason: r.Reason, Retryable: judged.Retryable, Proof: proof,
	}
}

// Address implements outbox.Link: all robots of one platform count against the limit of our one address there.
func (l *Link) Address(robot string) string {
	account, err := l.account(robot)
	if err != nil {
		return ""
	}
	return account.BaseURI
}

// RetryAfter implements outbox.Link.
func (l *Link) RetryAfter(err error) time.Duration { return robots.RetryAfter(err) }

// Choose names the robot for a command by duty, shift, group and health; it is an outbox.Choose. A test goes by its own robot only, and so does
// the recall of a text, which nobody but its speaker can take back.
func Choose(env *engine.Env, c *flowdeskv1.Command, _ time.Time, usable func(string) bool) (robot, reason string) {
	var free []*flowdeskv1.Robot
	for _, r := range env.GetRobots() {
		own := c.GetPurpose() == outbox.PurposeTest || c.GetKind() == flowdeskv1.CommandKind_COMMAND_KIND_RECALL && c.GetRobot() != ""
		if usable(r.GetId()) && (!own || r.GetId() == c.GetRobot()) {
			free = append(free, r)
		}
	}
	choice := desk.ChooseRobot(free, env.Group(c.GetTargetSession()), c.GetDuty())
	return choice.Robot, choice.Reason
}

var _ server.Reader = (*Link)(nil)

// Limit implements server.Reader.
func (l *Link) Limit() int64 { return int64(worktool.Limits{}.ReadLimit()) }

// Message implements server.Reader.
func (l *Link) Message(body []byte, contentType string) (*flowdeskv1.MessageEvent, error) {
	m, err := worktool.ParseMessage(body, contentType)
	if err != nil {
		return nil, probe(err)
	}
	return eventOf(&m), nil
}

func eventOf(m *robots.Message) *flowdeskv1.MessageEvent {
	event := &flowdeskv1.MessageEvent{
		SenderName: nameOf(m.Sender), Text: m.Spoken, RawText: m.RawSpoken, ContentType: int32(m.Type), AtMe: m.AtMe, PlatformId: m.ID,
		GroupName: nameOf(m.Group), GroupRemark: nameOf(m.GroupRemark), RoomType: int32(m.Room),
	}
	if strings.ContainsAny(m.RawSpoken, "@＠") {
		for _, mention := range text.Mentions(m.RawSpoken) {
			event.Mentions = append(event.Mentions, mention.Name)
		}
	}
	return event
}

// maxName is the longest name that is kept, in characters. WeChat's are of 32 at most; what is longer would stand in the session's state for as long as
// the person does.
const maxName = 200

// nameOf is a name, cut where no name is so long.
func nameOf(name string) string {
	if len(name) <= maxName {
		return name
	}
	at := 0
	for i := range name {
		if at == maxName {
			return strings.Clone(name[:i])
		}
		at++
	}
	return name
}

// Logged is a message of the platform's callback log.
type Logged struct {
	// At is when the platform reported it, or tried to.
	At time.Time
	// Message with its robot.
	Message *flowdeskv1.MessageEvent
}

// maxLogPages bounds the reading of a callback log, newest first.
const maxLogPages = 50

// Log reads what the platform reported, or tried to report, for a robot since a time, oldest first.
func (l *Link) Log(ctx context.Context, robot string, since time.Time) ([]Logged, error) {
	account, err := l.account(robot)
	if err != nil {
		return nil, err
	}
	var found []Logged
	for number := 1; number != 0 && number <= maxLogPages; {
		page, err := l.platform.CallbackLog(ctx, account, robots.LogQuery{From: since, Page: number, Size: lookupPage})
		if err != nil {
			return nil, translate(err)
		}
		for i := range page.Items {
			item := &page.Items[i]
			if item.At.Before(since.Truncate(time.Second)) {
				continue
			}
			event := eventOf(&item.Message)
			event.Robot = robot
			found = append(found, Logged{item.At, event})
		}
		number = page.Next
	}
	slices.Reverse(found)
	return found, nil
}

// probe tells the platform's trial of an address, and a body that is too large, from a broken body.
func probe(err error) error {
	if errors.Is(err, worktool.ErrTooLarge) {
		return fmt.Errorf("%w: %w", server.ErrTooLarge, err)
	}
	if errors.Is(err, worktool.ErrEmpty) || errors.Is(err, worktool.ErrNotOurs) {
		return fmt.Errorf("%w: %w", server.ErrProbe, err)
	}
	return err
}

// Result implements server.Reader.
func (l *Link) Result(_ string, body []byte) error {
	r, err := worktool.ParseResult(body)
	if err != nil {
		return probe(err)
	}
	l.settle(resultOf(&r, "callback"))
	return nil
}

// Online asks the platform whether a robot is online: the report of its coming or going is not to be trusted, because the platform also
// calls an address to try it.
func (l *Link) Online(ctx context.Context, robot string) (robots.OnlineState, error) {
	account, err := l.account(robot)
	if err != nil {
		return robots.OnlineUnknown, err
	}
	state, err := l.platform.Online(ctx, account)
	return state, translate(err)
}

// Presence implements server.Reader.
func (l *Link) Presence(robot string, online bool) { l.presence(robot, online) }
