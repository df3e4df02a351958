package outbox

import flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"

// Load is how much stands before one robot.
type Load struct {
	// Waiting counts the commands that have not left: those bound to the robot, and those of its duty that would go to it now.
	Waiting int
	// Unconfirmed counts the commands that stand at the robot's phone without a result.
	Unconfirmed int
	// Tripped is true while the breaker pauses the robot.
	Tripped bool
}

// Loads gives the load of every robot that has any, by id. It looks through all commands that are not settled here; what stands at other replicas
// is as of their last word, at most a few seconds old.
func (o *Outbox) Loads() map[string]Load {
	loads := o.ownLoads()
	if o.notes != nil {
		for id, theirs := range o.notes.loadsElsewhere() {
			load, known := loads[id]
			if !known {
				load.Tripped = o.tripped(id)
			}
			load.Waiting += theirs.Waiting
			load.Unconfirmed += theirs.Unconfirmed
			loads[id] = load
		}
	}
	return loads
}

// ownLoads are the loads of the commands that this replica has.
func (o *Outbox) ownLoads() map[string]Load {
	o.mu.Lock()
	defer o.mu.Unlock()
	env, now := o.shell.Env(), o.shell.Now()
	loads := make(map[string]Load, len(o.robots))
	for id, r := range o.robots {
		loads[id] = Load{Unconfirmed: r.unconfirmed, Tripped: o.tripped(id)}
	}
	type kind struct {
		session, pinned string
		duty            flowdeskv1.Duty
	}
	carriers := make(map[kind]string) // commands of one duty to one group go the same way
	for _, e := range o.entries {
		if !e.waits() {
			continue
		}
		k := kind{session: e.command.GetTargetSession(), duty: e.command.GetDuty()}
		if e.command.GetPurpose() == PurposeTest {
			k.pinned = e.command.GetRobot()
		}
		carrier, known := carriers[k]
		if !known {
			carrier, _ = o.choose(env, e.command, now, func(string) bool { return true })
			carriers[k] = carrier
		}
		if carrier == "" {
			carrier = e.command.GetRobot()
		}
		if carrier != "" {
			load := loads[carrier]
			load.Waiting++
			loads[carrier] = load
		}
	}
	return loads
}
