package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/flowdesk/flowdesk/internal/robotlink"
	"github.com/flowdesk/flowdesk/storage"
)

// The platform does not repeat a callback that failed, but its log still has the message. After an outage the log is read back through the
// same duplicate check as callbacks.
const (
	readBackMargin  = time.Minute      // before the outage: reports of one utterance come within seconds of each other
	readBackLongest = 24 * time.Hour   // of an outage; what is older nobody waits for any more
	readBackPause   = 2 * time.Second  // after the start: callbacks come first
	readBackEvery   = 15 * time.Second // refused callbacks are looked for
	readBackTimeout = 2 * time.Minute
)

// readBackAfterOutages reads the log back after the start, since the last stored message, and whenever callbacks had to be refused.
func (a *App) readBackAfterOutages(ctx context.Context) {
	since, err := a.lastMessage(ctx)
	if err != nil {
		a.log.Error("read back", "error", err)
	}
	if !a.leads() {
		since = time.Time{} // others served while this one did not
	}
	pause := time.NewTimer(readBackPause)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
		if refused := a.callbacks.Refused(); since.IsZero() {
			since = refused
		}
		if _, spilling := a.Runner.Spilling(); !since.IsZero() && !spilling { // what was kept comes before what was missed
			if err := a.readBack(ctx, since.Add(-readBackMargin)); err != nil {
				if ctx.Err() == nil {
					a.log.Warn("read the callback log back; it is tried again", "since", since, "error", err)
				}
			} else {
				since = time.Time{}
			}
		}
		pause.Reset(readBackEvery)
	}
}

// lastMessage is when the last stored message was heard; the zero time where there is none.
func (a *App) lastMessage(ctx context.Context) (time.Time, error) {
	messages, _, err := a.Store.ListMessages(ctx, storage.MessageFilter{}, storage.Page{Size: 1})
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

// readBack lets every message of the log since a time act on its session, in the order in which they were said.
func (a *App) readBack(ctx context.Context, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, readBackTimeout)
	defer cancel()
	if oldest := a.Runner.Now().Add(-readBackLongest); since.Before(oldest) {
		since = oldest
	}
	var log []robotlink.Logged
	for _, robot := range a.Runner.Env().GetRobots() {
		if robot.GetPaused() {
			continue
		}
		some, err := a.link.Log(ctx, robot.GetId(), since)
		if err != nil {
			return fmt.Errorf("robot %s: %w", robot.GetId(), err)
		}
		log = append(log, some...)
	}
	slices.SortStableFunc(log, func(x, y robotlink.Logged) int { return x.At.Compare(y.At) })
	for _, entry := range log {
		entry.Message.GroupRemark = a.remark(entry.Message.GetRobot(), entry.Message.GetGroupName())
		if err := a.callbacks.Deliver(ctx, entry.Message, entry.At); err != nil {
			return fmt.Errorf("message %s of robot %s: %w", entry.Message.GetPlatformId(), entry.Message.GetRobot(), err)
		}
	}
	if len(log) > 0 {
		a.log.Info("read the callback log back", "since", since, "messages", len(log))
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
