package nodes

import (
	"slices"
	"strings"
	"unicode"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
)

// Finding the people whom a message names: names are folded once for a message, however many it mentions.

// roll is the session's participants with their folded names; the zero value is read on first use.
type roll struct {
	read   bool
	people []*flowdeskv1.Participant
	folded []string
}

// call reads the participants.
func (r *roll) call(run *engine.Run) {
	if r.read {
		return
	}
	r.read, r.people = true, run.State().GetParticipants()
	r.folded = make([]string, len(r.people))
	for i, p := range r.people {
		r.folded[i] = desk.FoldName(p.GetName())
	}
}

// named is the person with a mentioned name. A name that nobody has may run into the text behind it (@张三请看): then it is the longest
// name of a participant with which it begins.
func (r *roll) named(run *engine.Run, name string) addressee {
	r.call(run)
	found, folded := -1, desk.FoldName(name)
	for i, own := range r.folded {
		if own == folded {
			found = i
			break
		}
		if own != "" && strings.HasPrefix(folded, own) && (found < 0 || len(own) > len(r.folded[found])) {
			found = i
		}
	}
	directory, patterns := engine.Prepared[*prepared](run).directory, rolePatterns(run)
	identity := directory.Identify(run.State().GetId(), name, patterns)
	if found < 0 || r.folded[found] != folded && identity.Rule != desk.RuleDefault {
		return addressee{engine.ParticipantID(name), name, identity.Role}
	}
	known := r.people[found]
	sender := desk.Sender{Session: run.State().GetId(), Name: known.GetName(), Person: boundTo(known)}
	return addressee{known.GetId(), known.GetName(), directory.IdentifySender(sender, patterns).Role} // who joined the staff since counts as staff
}

// personNamed is the person with one name.
func personNamed(run *engine.Run, name string) addressee {
	var known roll
	return known.named(run, name)
}

// wholeNames are the names behind the @s of a text as their owners write them, in their order: a display name may hold spaces, at which a mention in a
// text seems to end. Each is the longest name of a participant that stands there, else the name given. Of more names than a text is searched for, the
// first count.
func wholeNames(run *engine.Run, said string, names []string) []string {
	if len(names) == 0 {
		return nil
	}
	whole := slices.Clone(names[:min(len(names), text.MaxMentions)])
	var begins []string
	foldedText := ""
	for _, p := range run.State().GetParticipants() {
		own := p.GetName()
		if !strings.ContainsFunc(own, spacing) {
			continue
		}
		if begins == nil {
			foldedText = desk.FoldName(said[:min(len(said), mentionsWithin)])
			for _, name := range whole {
				begins = append(begins, desk.FoldName(name)+" ")
			}
		}
		folded, stands := desk.FoldName(own), unknown
		for i, begin := range begins {
			if len(own) <= len(whole[i]) || !strings.HasPrefix(folded, begin) {
				continue
			}
			if stands == unknown {
				stands = no
				if strings.Contains(foldedText, "@"+folded) {
					stands = yes
				}
			}
			if stands == yes {
				whole[i] = own
			}
		}
	}
	return whole
}

// mentionsWithin is how much of a text is searched for whole names, in bytes: more than as many mentions as count take.
const mentionsWithin = 32 << 10

// Whether something was found, where it was looked for.
const (
	unknown = iota
	no
	yes
)

// spacing reports whether folding makes a space of a character.
func spacing(r rune) bool { return unicode.IsSpace(r) || r == '\u3164' }

// withoutMentions is a message's text without the mentions before and behind it.
func withoutMentions(run *engine.Run, m *flowdeskv1.MessageEvent) string {
	said := m.GetText()
	switch {
	case len(m.GetMentions()) == 0:
		return said
	case !strings.ContainsAny(said, "@＠"):
		return strings.TrimSpace(said)
	}
	given := m.GetMentions()[:min(len(m.GetMentions()), text.MaxMentions)]
	names := append(wholeNames(run, m.GetRawText(), given), given...)
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int { return len(b) - len(a) }) // the whole before its beginning
	for range names {                                                              // in whatever order they stand
		before := said
		for _, name := range names {
			said = desk.WithoutMention(said, name)
		}
		if said == before {
			break
		}
	}
	return said
}
