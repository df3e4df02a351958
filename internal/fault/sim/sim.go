package sim

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/engine/runner/outbox"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/fault/check"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/sqlite"
)

// Options of a simulation.
type Options struct {
	Seed  uint64
	Steps int // 30 by default
	// Dir is empty and gets the database.
	Dir string
	// Catalog holds the node types, Flow what answers.
	Catalog *engine.Catalog
	Flow    *flowdeskv1.FlowDefinition
}

// Result is what a simulation came to.
type Result struct {
	Report  *check.Report
	Crashes int
	Story   []string // the steps
}

const rooms = 3

// world is one simulation.
type world struct {
	Options
	Result

	noise    *rand.Rand
	db       storage.Store
	platform *platform
	ledger   *ledger.Ledger
	numbers  [rooms]int

	store  *store
	runner *runner.Runner
	outbox *outbox.Outbox
}

// Run plays one seed. The error says that it could not be played; what is wrong with the product stands in the report.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	if o.Steps == 0 {
		o.Steps = 30
	}
	w := &world{Options: o, noise: rand.New(rand.NewPCG(o.Seed, 1)), ledger: ledger.New()}
	w.platform = &platform{ledger: w.ledger, noise: rand.New(rand.NewPCG(o.Seed, 2)), accepted: make(map[string]string)}
	file := filepath.Join(o.Dir, "sim.db")
	if w.db, err = sqlite.OpenWith(ctx, file, sqlite.Options{Scratch: true, Readers: 1}); err != nil {
		return nil, err
	}
	if err := w.prepare(ctx); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	if err := w.begin(ctx); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	w.platform.faults = true
	for range o.Steps {
		if err := w.step(ctx); err != nil {
			return nil, errors.Join(err, w.db.Close())
		}
	}
	if err := w.settle(ctx); err != nil {
		return nil, errors.Join(err, w.db.Close())
	}
	if err := w.db.Close(); err != nil {
		return nil, err
	}
	w.Report, err = check.Run(ctx, check.Input{
		Setting: database.Setting{Name: "sqlite:" + file}, Asked: w.ledger.Asked(), Calls: w.ledger.Calls(), Drained: true, Repeats: true,
	})
	return &w.Result, err
}

// prepare makes the flow, the robot and the settings.
func (w *world) prepare(ctx context.Context) error {
	program, diagnostics := w.Catalog.Compile("receipt", 1, w.Flow)
	if program == nil {
		return fmt.Errorf("flow: %v", diagnostics) //nolint:err113 // of a test
	}
	now := engine.Timestamp(time.Now())
	if err := w.db.CreateFlow(ctx, &flowdeskv1.Flow{Id: "receipt", Definition: w.Flow, CreateTime: now, UpdateTime: now}); err != nil {
		return err
	}
	if _, err := w.db.PublishVersion(ctx, &flowdeskv1.FlowVersion{Flow: "receipt", Definition: w.Flow, Digest: program.Digest, CreateTime: now, Bounds: program.Bounds}, true); err != nil {
		return err
	}
	unlimited := int32(0)
	settings := &flowdeskv1.Settings{TimeZone: "Etc/GMT-12", RequestsPerMinute: &unlimited, LookupAfter: durationpb.New(20 * time.Second)}
	if err := w.db.PutSettings(ctx, settings, ""); err != nil {
		return err
	}
	return w.db.PutRobot(ctx, &storage.RobotRecord{WebhookSecret: "x", Robot: &flowdeskv1.Robot{
		Id: "robot", Title: "小助手", RobotId: "r", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY, flowdeskv1.Duty_DUTY_NIGHT_REPLY},
	}}, "")
}

// begin starts a process.
func (w *world) begin(ctx context.Context) error {
	w.store = newStore(w.db, rand.New(rand.NewPCG(w.Seed, uint64(w.Crashes)+1000))) // of its own: it is asked while the world goes on
	entropy := rand.New(rand.NewPCG(w.Seed, uint64(w.Crashes)+10))
	silent := slog.New(slog.DiscardHandler)
	w.runner = runner.New(w.Catalog, w.store, runner.Options{Fill: desk.FillSettings, Log: silent, Entropy: entropy.Uint64})
	w.outbox = outbox.New(w.runner, w.store, &link{w.platform, w.store}, robotlink.Choose, silent)
	w.runner.SetOutbox(w.outbox)
	w.platform.mu.Lock()
	w.platform.settle = w.outbox.Settle
	w.platform.mu.Unlock()
	if err := w.runner.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return w.outbox.Start(ctx)
}

// end ends the process; one that is dead reaches nothing while it ends.
func (w *world) end() {
	w.platform.mu.Lock()
	w.platform.settle = nil
	w.platform.mu.Unlock()
	w.outbox.Close()
	w.runner.Close()
}

func (w *world) tell(format string, args ...any) {
	w.Story = append(w.Story, fmt.Sprintf(format, args...))
}

// step does one thing, and lets it have its consequences.
func (w *world) step(ctx context.Context) error {
	switch n := w.noise.IntN(20); {
	case n < 12:
		w.say(ctx)
	case n < 15:
		d := time.Duration(1+w.noise.IntN(90)) * time.Second
		w.tell("%s go by", d)
		time.Sleep(d)
	case n < 16:
		d := time.Duration(1+w.noise.IntN(10)) * time.Minute
		w.tell("%s go by", d)
		time.Sleep(d)
	case n < 18:
		at := 1 + w.noise.IntN(6)
		w.tell("the process will die at commit %d from now", at)
		w.store.mu.Lock()
		w.store.dies = at
		w.store.mu.Unlock()
	case n < 19:
		w.store.kill()
	default:
		share := []float64{0, 0.1, 0.5}[w.noise.IntN(3)]
		w.tell("%.0f %% of commits go wrong", 100*share)
		w.store.mu.Lock()
		w.store.share = share
		w.store.mu.Unlock()
	}
	synctest.Wait()
	if !w.store.isDead() {
		return nil
	}
	w.Crashes++
	w.tell("the process died")
	w.end()
	time.Sleep(time.Duration(w.noise.IntN(5000)) * time.Millisecond)
	return w.begin(ctx)
}

// say lets a person say something; sometimes the platform reports it twice.
func (w *world) say(ctx context.Context) {
	time.Sleep(time.Duration(2+w.noise.IntN(500)) * time.Millisecond) // ids order what is a millisecond apart
	room := w.noise.IntN(rooms)
	n := w.numbers[room]
	w.numbers[room]++
	a := &ledger.Asked{Token: ledger.Token(fmt.Sprintf("〔%d-%d〕", room, n)), Room: room, Number: n, Sent: time.Now()}
	a.Due = a.Sent
	w.ledger.Ask(a)
	times := 1
	if w.noise.IntN(5) == 0 {
		times = 2
	}
	for range times {
		err := w.receive(ctx, a)
		w.tell("%s: %v", a.Token, err)
		if err == nil {
			w.ledger.Answer(a)
		}
	}
}

// answerWithin is how long a callback may take.
const answerWithin = 2500 * time.Millisecond

func (w *world) receive(ctx context.Context, a *ledger.Asked) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	title := fmt.Sprintf("群%d", a.Room)
	session, err := w.runner.Group(ctx, "robot", title, "", flowdeskv1.SessionKind_SESSION_KIND_GROUP)
	if err != nil {
		return err
	}
	text := "问" + string(a.Token)
	received := make(chan error, 1)
	go func() {
		received <- w.runner.Receive(ctx, &flowdeskv1.Event{Session: session, Source: "worktool", Payload: &flowdeskv1.Event_Message{
			Message: &flowdeskv1.MessageEvent{
				Robot: "robot", SenderName: "客户", Text: text, RawText: text, ContentType: 1, RoomType: 1, GroupName: title, PlatformId: string(a.Token),
			},
		}})
	}()
	select {
	case err = <-received:
	case <-w.store.died: // nobody answers any more
		err = <-received
	}
	if w.store.isDead() { // whatever it would have answered never arrived
		return storage.ErrClosed
	}
	return err
}

// settle heals everything and lets the time pass in which everything comes to its end.
func (w *world) settle(ctx context.Context) error {
	w.platform.mu.Lock()
	w.platform.faults = false
	w.platform.mu.Unlock()
	w.store.mu.Lock()
	w.store.share, w.store.dies = 0, 0
	w.store.mu.Unlock()
	time.Sleep(2 * time.Hour)
	synctest.Wait()
	w.end()
	w.platform.work.Wait()
	return ctx.Err()
}
