package engine

import (
	"fmt"
	"maps"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Env is the environment part of the view: one immutable snapshot with its digest and indexes.
type Env struct {
	*flowdeskv1.Environment

	Digest string
	Zone   *time.Location

	prepared any
	groups   map[string]*flowdeskv1.Group
	people   map[string]*flowdeskv1.Person
	robots   map[string]*flowdeskv1.Robot
	alerts   map[string][]*flowdeskv1.PersonAlerts // by person
}

// NewEnv indexes a snapshot. The settings must have their defaults filled in. It fails when the time zone is unknown.
func NewEnv(snapshot *flowdeskv1.Environment, digest string, rules Rules) (*Env, error) {
	zone, err := time.LoadLocation(snapshot.GetSettings().GetTimeZone())
	if err != nil {
		return nil, fmt.Errorf("time zone of the settings: %w", err)
	}
	env := &Env{
		Environment: snapshot,
		Digest:      digest,
		Zone:        zone,
		groups:      make(map[string]*flowdeskv1.Group, len(snapshot.GetGroups())),
		people:      make(map[string]*flowdeskv1.Person, len(snapshot.GetPeople())),
		robots:      make(map[string]*flowdeskv1.Robot, len(snapshot.GetRobots())),
		alerts:      make(map[string][]*flowdeskv1.PersonAlerts),
	}
	for _, g := range snapshot.GetGroups() {
		env.groups[g.GetId()] = g
	}
	for _, p := range snapshot.GetPeople() {
		env.people[p.GetId()] = p
	}
	for _, r := range snapshot.GetRobots() {
		env.robots[r.GetId()] = r
	}
	for _, a := range snapshot.GetAlerts() {
		env.alerts[a.GetPerson()] = append(env.alerts[a.GetPerson()], a)
	}
	if rules.Prepare != nil {
		env.prepared = rules.Prepare(snapshot)
	}
	return env, nil
}

// WithGroup is the snapshot with one more group. What the rules prepared stays as it was.
func (e *Env) WithGroup(group *flowdeskv1.Group) *Env {
	with := *e
	with.groups = maps.Clone(e.groups)
	with.groups[group.GetId()] = group
	return &with
}

// Group is a group by its id, or nil.
func (e *Env) Group(id string) *flowdeskv1.Group { return e.groups[id] }

// Person is a directory entry by its id, or nil.
func (e *Env) Person(id string) *flowdeskv1.Person { return e.people[id] }

// AlertsElsewhere counts the alerts about a person on a local day (YYYY-MM-DD) in all sessions but one, which knows its own. The snapshot may
// be of the day before: what it counts then is of no other day.
func (e *Env) AlertsElsewhere(person, day, session string) int32 {
	var count int32
	for _, a := range e.alerts[person] {
		if a.GetDay() == day && a.GetSession() != session {
			count += a.GetCount()
		}
	}
	return count
}

// Robot is a robot by its id, or nil.
func (e *Env) Robot(id string) *flowdeskv1.Robot { return e.robots[id] }

// Prepared is what the catalog's rules made of the snapshot.
func (e *Env) Prepared() any { return e.prepared }
