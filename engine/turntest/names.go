package turntest

import (
	"fmt"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// names are the short names of ids, given in the order in which things appear.
type names struct {
	name  map[string]string // by id
	id    map[string]string // by name
	count map[string]int    // by first letter
}

func newNames(world *flowdeskv1.Environment) *names {
	n := &names{name: make(map[string]string), id: make(map[string]string), count: make(map[string]int)}
	for _, p := range world.GetPeople() {
		n.user(p.GetTitle())
	}
	for _, r := range world.GetRobots() {
		n.user(r.GetTitle())
	}
	return n
}

func (n *names) user(name string) {
	if name != "" {
		n.name[engine.ParticipantID(name)] = name
	}
}

func (n *names) thing(letter, id string) {
	if id == "" || n.name[id] != "" {
		return
	}
	n.count[letter]++
	name := fmt.Sprint(letter, n.count[letter])
	n.name[id], n.id[name] = name, id
}

// learnEvent names what an event brings.
func (n *names) learnEvent(event *flowdeskv1.Event) {
	if m := event.GetMessage(); m != nil {
		n.thing("m", event.GetId())
		n.user(m.GetSenderName())
		for _, mentioned := range m.GetMentions() {
			n.user(mentioned)
		}
	}
}

// learnEffect names what an effect makes.
func (n *names) learnEffect(effect *flowdeskv1.Effect) {
	n.thing("c", effect.GetEnqueueCommand().GetId())
	n.thing("t", effect.GetPutTask().GetId())
	n.thing("a", effect.GetPutAlert().GetId())
	n.thing("q", effect.GetMakeCall().GetId())
	n.thing("e", effect.GetSendEvent().GetId())
	n.user(effect.GetPutTask().GetTargetName())
	n.user(effect.GetPutParticipant().GetName())
}

// resolve is what a reference without its $ stands for.
func (n *names) resolve(reference string, now time.Time) (string, error) {
	if user, ok := strings.CutPrefix(reference, "{"); ok {
		return engine.ParticipantID(strings.TrimSuffix(user, "}")), nil
	}
	if rest, ok := strings.CutPrefix(reference, "now"); ok {
		if rest != "" {
			d, err := time.ParseDuration(rest)
			if err != nil {
				return "", fmt.Errorf("$%s: %w", reference, err)
			}
			now = now.Add(d)
		}
		return now.Format(time.RFC3339Nano), nil
	}
	if id, ok := n.id[reference]; ok {
		return id, nil
	}
	return "", fmt.Errorf("$%s: there is no %s yet", reference, reference)
}
