package outbox

import "time"

// Figures tell how the outbox does; what counts does so since its start.
type Figures struct {
	Overdue int           // commands that may leave now and have not
	Lag     time.Duration // since when the first of them may
	Flying  int           // requests under way

	Robots map[string]RobotFigures

	Permits int64         // requests for which the limits were asked
	Waited  time.Duration // by them, all together
}

// RobotFigures are those of one robot.
type RobotFigures struct {
	Load

	Rests time.Duration // nothing is sent to it for so long: its breaker, or a pause that its platform asked for
}

// Figures tells how the outbox does.
func (o *Outbox) Figures() Figures {
	f := Figures{Robots: make(map[string]RobotFigures), Permits: o.permits.Load(), Waited: time.Duration(o.waited.Load())}
	for id, load := range o.Loads() {
		f.Robots[id] = RobotFigures{Load: load}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	now := o.shell.Now()
	for _, robot := range o.shell.Env().GetRobots() {
		r := f.Robots[robot.GetId()]
		r.Tripped, r.Rests = o.tripped(robot.GetId()), o.rests(robot.GetId())
		f.Robots[robot.GetId()] = r
	}
	for _, e := range o.entries {
		if e.waits() && !e.due.After(now) {
			f.Overdue++
			f.Lag = max(f.Lag, now.Sub(e.due))
		}
	}
	f.Flying = o.flying
	return f
}
