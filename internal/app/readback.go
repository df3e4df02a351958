package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/engine/runner"
	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

// The platform does not repeat a callback that failed, but its log still has the message. After an outage the log is read back through the
// same duplicate check as callbacks.
const (
	readBackMargin  = time.Minute      // before the outage: reports of one utterance come within seconds of each other
	readBackLongest = 24 * time.Hour   // of an outage; what is older nobody waits for any more
	readBackPause   = 2 * time.Second  // after the start: callbacks come first
	readBackEvery   = 15 * time.Second // refused callbacks are looked for
	readBackAgain   = 15 * time.Second // before a robot's log that could not be read is read again; it doubles
	readBackSeldom  = 10 * time.Minute // between two such attempts at most
	readBackTimeout = 2 * time.Minute
)

// missed are the robots of which nothing was heard for a time, until their logs were read back. One whose log cannot be read keeps nobody waiting.
type missed map[string]*gap

// gap is a time in which nothing was heard of a robot.
type gap struct {
	since time.Time
	next  time.Time // attempt to read it back
	pause time.Duration
	until time.Time // it is tried
}

// note opens a gap since a time at each robot that listens, unless it has an earlier one.
func (m missed) note(env *engine.Env, since, now time.Time) {
	if since.IsZero() {
		return
	}
	for _, robot := range env.GetRobots() {
		switch g := m[robot.GetId()]; {
		case robot.GetPaused():
		case g == nil:
			m[robot.GetId()] = &gap{since: since, next: now, pause: readBackAgain, until: now.Add(readBackLongest)}
		case since.Before(g.since):
			g.since = since
		}
	}
}

// due are the robots whose logs are to be read now. Those that do not listen any more are forgotten.
func (m missed) due(env *engine.Env, now time.Time) (robots []string) {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		switch robot := env.Robot(id); {
		case robot == nil || robot.GetPaused() || now.After(m[id].until):
			delete(m, id)
		case !now.Before(m[id].next):
			robots = append(robots, id)
		}
	}
	return robots
}

// failed puts the next attempt at a robot's log off.
func (m missed) failed(robot string, now time.Time) {
	g := m[robot]
	g.next, g.pause = now.Add(g.pause), min(2*g.pause, readBackSeldom)
}

// readBackAfterOutages reads the log back after the start, since the last message that was stored before, and whenever callbacks had to be refused.
func (a *App) readBackAfterOutages(ctx context.Context) {
	out := make(missed)
	started := a.Runner.Now()
	known := a.noteStart(ctx, out, started)
	pause := time.NewTimer(readBackPause)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		known = known || a.noteStart(ctx, out, started)
		out.note(a.Runner.Env(), a.callbacks.Refused(), a.Runner.Now())
		if _, spilling := a.Runner.Spilling(); !spilling { // what was kept comes before what was missed
			if err := a.readBack(ctx, out); err != nil && ctx.Err() == nil {
				a.log.Warn("read the callback log back; it is tried again", "error", err)
			}
		}
		pause.Reset(readBackEvery)
	}
}

// noteStart notes what was missed before the start, unless others served then. It reports whether that is known; while the store does not say, it
// is asked again.
func (a *App) noteStart(ctx context.Context, out missed, started time.Time) bool {
	since, err := a.lastHeard(ctx, started)
	if err != nil {
		if ctx.Err() == nil {
			a.log.Error("since when the callback log is to be read back is not known; it is tried again", "error", err)
		}
		return false
	}
	if a.leads() {
		out.note(a.Runner.Env(), since, a.Runner.Now())
	}
	return true
}

// lastMessage is when the last message was heard that is stored and was heard before a time; the zero time where there is none.
func (a *App) lastMessage(ctx context.Context, before time.Time) (time.Time, error) {
	messages, _, err := a.Store.ListMessages(ctx, storage.MessageFilter{Before: before}, storage.Page{Size: 1})
	if err != nil || len(messages) == 0 {
		return time.Time{}, err
	}
	last := messages[0].GetReceiveTime().AsTime()
	until, err := a.Store.RestoredUntil(ctx) // what was said before that was answered by a server whose work is not in the database
	if until.After(last) {
		last = until.Add(readBackMargin)
	}
	return last, err
}

// readBack lets every message of the logs that are due act on its session, in the order in which they were said. With an error nothing was read back
// of what the store did not take, and all of it is tried again.
func (a *App) readBack(ctx context.Context, out missed) error {
	ctx, cancel := context.WithTimeout(ctx, readBackTimeout)
	defer cancel()
	now := a.Runner.Now()
	var log []robotlink.Logged
	var read []string
	for _, robot := range out.due(a.Runner.Env(), now) {
		since := out[robot].since.Add(-readBackMargin)
		if oldest := now.Add(-readBackLongest); since.Before(oldest) {
			since = oldest
		}
		some, err := a.link.Log(ctx, robot, since)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			out.failed(robot, now)
			a.log.Warn("read the callback log of a robot back; it is tried again", "robot", robot, "since", since, "error", err)
			continue
		}
		read, log = append(read, robot), append(log, some...)
	}
	slices.SortStableFunc(log, func(x, y robotlink.Logged) int { return x.At.Compare(y.At) })
	for _, entry := range log {
		if err := a.hearAgain(ctx, entry); err != nil {
			return err
		}
	}
	for _, robot := range read {
		delete(out, robot)
	}
	if len(log) > 0 {
		a.log.Info("read the callback log back", "robots", len(read), "messages", len(log))
	}
	return nil
}

// hearAgain lets a message of the log act on its session. An error is one that may be over later; what is refused for good is passed over, as its
// callback was.
func (a *App) hearAgain(ctx context.Context, entry robotlink.Logged) error {
	entry.Message.GroupRemark = a.remark(entry.Message.GetRobot(), entry.Message.GetGroupName())
	switch err := a.callbacks.Deliver(ctx, entry.Message, entry.At); {
	case err == nil, errors.Is(err, server.ErrProbe), errors.Is(err, runner.ErrQuarantined):
	case server.Later(err):
		return fmt.Errorf("message %s of robot %s: %w", entry.Message.GetPlatformId(), entry.Message.GetRobot(), err)
	default:
		a.log.Error("a message of the callback log is passed over", "robot", entry.Message.GetRobot(), "platform_id", entry.Message.GetPlatformId(), "error", err)
	}
	return nil
}

// remark is a robot's remark for a group, which the log leaves out.
func (a *App) remark(robot, title string) string {
	for _, g := range a.Runner.Env().GetGroups() {
		for _, alias := range g.GetAliases() {
			if alias.GetRobot() == robot && alias.GetTitle() == title {
				return alias.GetRemark()
			}
		}
	}
	return ""
}
