package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// shell is a runner with a store of commands that keeps the contract: delivery states change by compare-and-set. What a reply that falls due gets
// is judged by judge. While away is set, nothing can be stored.
type shell struct {
	mu       sync.Mutex
	env      *engine.Env
	out      *outbox.Outbox
	judge    func(command string) bool
	away     error
	refusing error  // of turns alone
	submit   func() // on the goroutine of whoever submits
	asked    []string
	results  []*flowdeskv1.CommandResult
	rows     map[string]*row
	events   int
	commits  chan func() // in order, one at a time
}

// commitAll works the commits off, as the committer does.
func (s *shell) commitAll() {
	for f := range s.commits {
		f()
	}
}

// row is a command as it is stored.
type row struct {
	command  *flowdeskv1.Command
	state    flowdeskv1.CommandState
	attempts int32
	robot    string
	log      []*flowdeskv1.CommandAttempt
}

func (*shell) Now() time.Time { return time.Now() }

func (s *shell) Env() *engine.Env {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.env
}

func (s *shell) NewEventID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
	return fmt.Sprint("e", s.events)
}

// deliver is the compare-and-set. The lock is held.
func (s *shell) deliver(d *storage.Delivery) bool {
	r := s.rows[d.Command]
	if r == nil || !slices.Contains(d.From, r.state) || d.FromAttempts >= 0 && d.FromAttempts != r.attempts {
		return false
	}
	if d.FromEdits != nil && int(*d.FromEdits) != len(r.command.GetEdits()) {
		return false
	}
	r.state, r.attempts = d.State, d.Attempts
	if d.Robot != "" {
		r.robot = d.Robot
	}
	if d.Attempt != nil {
		r.log = append(r.log, d.Attempt)
	}
	return true
}

func (s *shell) Deliver(d *storage.Delivery, done func(bool, error)) {
	s.commits <- func() {
		s.mu.Lock()
		away := s.away
		won := (away == nil || errors.Is(away, storage.ErrUnknown)) && s.deliver(d)
		s.mu.Unlock()
		done(away == nil && !won, away)
	}
}

func (s *shell) SubmitWith(e *flowdeskv1.Event, deliveries []*storage.Delivery, done func(*flowdeskv1.Turn, error)) error {
	s.mu.Lock()
	submit := s.submit
	s.mu.Unlock()
	if submit != nil {
		submit()
	}
	s.commits <- func() {
		if err := s.turn(e, deliveries); err != nil {
			done(nil, err)
			return
		}
		if due := e.GetCommandDue().GetCommand(); due != "" {
			if s.judge == nil || s.judge(due) {
				s.out.Release(due)
			} else {
				s.out.Withdraw(due)
			}
		}
		done(&flowdeskv1.Turn{Event: e}, nil)
	}
	return nil
}

func (s *shell) turn(e *flowdeskv1.Event, deliveries []*storage.Delivery) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil {
		return s.away
	}
	if s.refusing != nil {
		return s.refusing
	}
	for _, d := range deliveries {
		s.deliver(d)
	}
	if r := e.GetCommandResult(); r != nil {
		s.results = append(s.results, r)
	}
	if due := e.GetCommandDue().GetCommand(); due != "" {
		s.asked = append(s.asked, due)
	}
	return nil
}

// row is a command as it is stored now.
func (s *shell) row(command string) row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.rows[command]
}

// storeIs lets the store go away with an error, or come back with nil. With ErrUnknown it stores deliveries and does not say so.
func (s *shell) storeIs(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
}

// platform takes sends and remembers them.
type platform struct {
	mu       sync.Mutex
	sends    []string // robot and text
	requests []time.Time
	answer   func(n int) error
	known    bool                      // the look-up of a doubtful send fails as well
	took     map[string]string         // platform ids of what was accepted, by fingerprint
	found    []outbox.Result           // what a look-up of results finds
	old      []outbox.Result           // what only a look-up of their batch finds
	whole    time.Time                 // from when on a look-up of results finds all; zero for always
	batches  []string                  // that were looked up by themselves
	silent   bool                      // look-ups of results fail
	address  func(robot string) string // one for all by default
	hang     func(ctx context.Context) // before a send is answered
	compose  func(*flowdeskv1.Command) error
	pause    time.Duration // asked for with an error
	sending  func(robot, text string)
	pages    int // of each look-up
	asks     []time.Time
}

func (p *platform) Compose(_ *engine.Env, _ string, c *flowdeskv1.Command) (outbox.Parcel, error) {
	if p.compose != nil {
		if err := p.compose(c); err != nil {
			return outbox.Parcel{}, err
		}
	}
	return outbox.Parcel{Fingerprint: c.GetText(), Body: c.GetText()}, nil
}

func (p *platform) Send(ctx context.Context, robot string, parcels []outbox.Parcel) (string, error) {
	if p.hang != nil {
		p.hang(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, time.Now())
	for _, parcel := range parcels {
		p.sending(robot, parcel.Fingerprint)
		p.sends = append(p.sends, robot+":"+parcel.Fingerprint)
	}
	n := len(p.sends)
	if p.answer != nil {
		if err := p.answer(n); err != nil {
			return "", err
		}
	}
	return fmt.Sprint("p", n), nil
}

// leaf asks for the pages of a look-up.
func (p *platform) leaf(next outbox.Pace) error {
	for page := range max(p.pages, 1) {
		if page > 0 {
			if err := next(); err != nil {
				return err
			}
		}
		p.mu.Lock()
		p.asks, p.requests = append(p.asks, time.Now()), append(p.requests, time.Now())
		p.mu.Unlock()
	}
	return nil
}

func (p *platform) Accepted(_ context.Context, _ string, parcel outbox.Parcel, _ time.Time, next outbox.Pace) (string, bool, error) {
	if err := p.leaf(next); err != nil {
		return "", false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known {
		return "", false, outbox.ErrUnknown // the look-up fails as well
	}
	id, found := p.took[parcel.Fingerprint]
	return id, found, nil
}

func (p *platform) Results(_ context.Context, _ string, since time.Time, next outbox.Pace) (results []outbox.Result, whole time.Time, err error) {
	if err := p.leaf(next); err != nil {
		return nil, time.Time{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.silent {
		return nil, time.Time{}, outbox.ErrUnknown
	}
	if !p.whole.IsZero() {
		since = p.whole
	}
	return slices.Clone(p.found), since, nil
}

func (p *platform) ResultsOf(_ context.Context, _, batch string, next outbox.Pace) (results []outbox.Result, err error) {
	if err := p.leaf(next); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batches = append(p.batches, batch)
	for _, r := range slices.Concat(p.found, p.old) {
		if r.PlatformID == batch {
			results = append(results, r)
		}
	}
	return results, nil
}

func (p *platform) Address(robot string) string {
	if p.address != nil {
		return p.address(robot)
	}
	return "here"
}

func (p *platform) RetryAfter(error) time.Duration { return p.pause }

// finds says what a look-up of results finds.
func (p *platform) finds(results ...outbox.Result) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = results
}

// count is how many requests there were.
func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.requests)
}

func (p *platform) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.sends)
}

// commands is the store as an earlier process left it.
type commands []*flowdeskv1.Command

func (c commands) UnsettledCommands(_ context.Context, after string, _ int) ([]*flowdeskv1.Command, error) {
	if after != "" {
		return nil, nil
	}
	return c, nil
}

func (commands) GetCommand(context.Context, string) (*flowdeskv1.Command, error) {
	return nil, storage.ErrNotFound
}

// books are the store as the outbox reads it.
type books struct {
	commands
	*shell
}

func (b books) GetCommand(_ context.Context, id string) (*flowdeskv1.Command, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rows[id]
	if r == nil {
		return nil, storage.ErrNotFound
	}
	c := proto.CloneOf(r.command)
	c.State, c.Attempts, c.Robot, c.AttemptLog = r.state, r.attempts, r.robot, slices.Clone(r.log)
	return c, nil
}

// mayLeave is what must hold of a command that is handed to a platform: it is stored as sending under its number, and every attempt before is
// recorded as failed.
func (s *shell) mayLeave(command string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[command]
	if r == nil {
		return nil
	}
	if r.state != flowdeskv1.CommandState_COMMAND_STATE_SENDING {
		return fmt.Errorf("command %s leaves while it is stored as %s", command, r.state)
	}
	proven := make(map[int32]bool)
	for _, a := range r.log {
		if a.GetState() == flowdeskv1.CommandState_COMMAND_STATE_FAILED {
			proven[a.GetNumber()] = true
		}
	}
	for n := int32(1); n < r.attempts; n++ {
		if !proven[n] {
			return fmt.Errorf("attempt %d of command %s leaves without a proof that attempt %d failed", r.attempts, command, n)
		}
	}
	return nil
}
