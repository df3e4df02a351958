package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/connectors/worktool/standin"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
)

// platform is the robots' platform. It outlives processes.
type platform struct {
	ledger *ledger.Ledger

	mu       sync.Mutex
	noise    *rand.Rand
	faults   bool
	batches  int
	accepted map[string]string // batch by fingerprint, of the newest acceptance
	results  []timed
	settle   func(outbox.Result) // of the process that lives
	work     sync.WaitGroup
}

// timed is a result and when the platform had it.
type timed struct {
	outbox.Result

	at time.Time
}

// parcel is a command on its way.
type parcel struct{ group, person, text string }

// link is the platform as one process reaches it.
type link struct {
	*platform

	process *store
}

// Compose implements outbox.Link.
func (*link) Compose(_ *engine.Env, _ string, c *flowdeskv1.Command) (outbox.Parcel, error) {
	p := parcel{c.GetTargetSession(), c.GetTargetUser(), c.GetText()}
	return outbox.Parcel{Fingerprint: strings.Join([]string{p.group, p.person, p.text}, "|"), Body: p}, nil
}

// Send implements outbox.Link.
func (l *link) Send(ctx context.Context, robot string, parcels []outbox.Parcel) (string, error) {
	l.mu.Lock()
	fate, slow := 0, time.Duration(l.noise.IntN(2000))*time.Millisecond
	if l.faults && l.noise.Float64() < 0.3 {
		fate = 1 + l.noise.IntN(4)
	}
	l.mu.Unlock()
	if !pause(ctx, slow) || l.process.isDead() { // it never left
		return "", outbox.ErrUnknown
	}
	switch fate {
	case 1:
		return "", outbox.ErrRefused
	case 2: // on the way there
		return "", outbox.ErrUnknown
	}
	id := l.accept(robot, parcels)
	if fate == 3 || l.process.isDead() { // on the way back
		return "", outbox.ErrUnknown
	}
	if fate == 4 && !pause(ctx, 5*time.Second) { // after its results, perhaps
		return "", outbox.ErrUnknown
	}
	return id, nil
}

func (p *platform) accept(robot string, parcels []outbox.Parcel) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batches++
	id := fmt.Sprintf("b%d", p.batches)
	for i, one := range parcels {
		body, _ := one.Body.(parcel)
		p.accepted[one.Fingerprint] = id
		p.ledger.Accept(standin.Entry{
			MessageID: id, Position: i, RobotID: robot, Targets: []string{body.group}, At: []string{body.person}, Content: body.text, AcceptedAt: time.Now(),
		})
		result := outbox.Result{PlatformID: id, Fingerprint: one.Fingerprint, Success: true, Proof: "callback"}
		if p.faults && p.noise.Float64() < 0.2 {
			result.Success, result.Retryable, result.Reason = false, true, "simulated"
		}
		p.results = append(p.results, timed{result, time.Now()})
		p.tell(result, time.Duration(p.noise.IntN(5000))*time.Millisecond)
	}
	return id
}

// tell reports a result: once, twice, late or never. The lock is held.
func (p *platform) tell(result outbox.Result, after time.Duration) {
	times := 1
	if p.faults {
		switch p.noise.IntN(10) {
		case 0:
			times = 0
		case 1:
			times = 2
		case 2:
			after += 5 * time.Minute
		}
	}
	for range times {
		p.work.Go(func() {
			time.Sleep(after)
			p.mu.Lock()
			settle := p.settle
			p.mu.Unlock()
			if settle != nil {
				settle(result)
			}
		})
	}
}

// Accepted implements outbox.Link.
func (l *link) Accepted(_ context.Context, _ string, p outbox.Parcel, _ time.Time, _ outbox.Pace) (string, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process.isDead() || l.faults && l.noise.Float64() < 0.2 {
		return "", false, outbox.ErrUnknown
	}
	id, found := l.accepted[p.Fingerprint]
	return id, found, nil
}

// listed is how many results the platform lists at once.
const listed = 30

// Results implements outbox.Link.
func (l *link) Results(_ context.Context, _ string, since time.Time, _ outbox.Pace) (results []outbox.Result, whole time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process.isDead() || l.faults && l.noise.Float64() < 0.2 {
		return nil, time.Time{}, outbox.ErrUnknown
	}
	for _, r := range slices.Backward(l.results) {
		if len(results) == listed {
			return results, whole.Add(1), nil
		}
		results, whole = append(results, r.Result), r.at
	}
	return results, since, nil
}

// ResultsOf implements outbox.Link.
func (l *link) ResultsOf(_ context.Context, _, batch string, _ outbox.Pace) (results []outbox.Result, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.process.isDead() || l.faults && l.noise.Float64() < 0.2 {
		return nil, outbox.ErrUnknown
	}
	for _, r := range l.results {
		if r.PlatformID == batch {
			results = append(results, r.Result)
		}
	}
	return results, nil
}

// Address implements outbox.Link.
func (*link) Address(string) string { return "platform" }

// RetryAfter implements outbox.Link.
func (*link) RetryAfter(error) time.Duration { return 0 }

func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
