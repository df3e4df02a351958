package nodes

import (
	"slices"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type waitOut = *flowdeskv1.WaitOutput

func init() { register(wait, engine.OnResume[*flowdeskv1.Wait, waitOut](waited)) }

// wait pauses the instance for a length of time, until a time, or for an event.
func wait(run *engine.Run, cfg *flowdeskv1.Wait) (waitOut, engine.Port, error) {
	until, w := run.Now(), &flowdeskv1.NodeWait{}
	switch u := cfg.GetUntil().(type) {
	case *flowdeskv1.Wait_Duration:
		until = until.Add(u.Duration.AsDuration())
	case *flowdeskv1.Wait_Time:
		at, err := run.Time(cfg, "time")
		if err != nil {
			return nil, engine.Pending, err
		}
		until = at
	case *flowdeskv1.Wait_Event:
		until = until.Add(u.Event.GetTimeout().AsDuration())
		w.Kinds = u.Event.GetKinds()
	}
	w.Timers = []string{run.Timer(until)}
	run.Wait(w)
	return nil, "armed", nil
}

// waited ends the wait by its timer, or by an event that passes the filter.
func waited(run *engine.Run, cfg *flowdeskv1.Wait, wake *engine.Wake) (waitOut, engine.Port, error) {
	out := &flowdeskv1.WaitOutput{EndedAt: run.Stamp(), Event: wake.Event.GetId()}
	if due := wake.Event.GetTimer(); due != nil && slices.Contains(wake.Wait.GetTimers(), due.GetTimer()) {
		if cfg.GetEvent() != nil {
			out.TimedOut = true
			return out, "timeout", nil
		}
		return out, engine.Out, nil
	}
	if cfg.GetEvent() == nil || !run.Filter(cfg.GetEvent(), "filter") {
		return nil, engine.Pending, nil
	}
	return out, engine.Out, nil
}
