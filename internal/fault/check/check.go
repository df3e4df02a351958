package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/internal/database"
	"github.com/flowdesk/flowdesk/internal/fault/ledger"
)

// Input is what is compared.
type Input struct {
	// Setting names the database.
	Setting database.Setting
	// Asked are the messages in the order of their sending, Calls the commands in the order of their acceptance.
	Asked []*ledger.Asked
	Calls []*ledger.Call
	// Drained says that the load has stopped and that everything had the time to settle: what still waits for nothing is stuck.
	Drained bool
	// Repeats says that phones failed, so that a reply may be accepted once for each recorded failure. Otherwise it is accepted once.
	Repeats bool
	// Unordered says that the order is counted and not judged: what one server kept on its disk comes behind what another took meanwhile.
	Unordered bool
	// Unanswered says that replies need not have come: only what the database holds is judged.
	Unanswered bool
}

// Report is the judgement.
type Report struct {
	Acknowledged int // messages that were acknowledged
	Refused      int // messages that were not; they may have been taken or not
	Lost         int // acknowledged messages without their row, run or reply
	Doubled      int // messages with two rows or runs, and accepted calls too many
	Inversions   int // messages of a room that were handled before an earlier one, and replies said before an earlier one
	Orphans      int // effects of turns without their rows, and rows without their turn
	Stuck        int // what waits for nothing
	Runs         int // of flows
	Commands     int
	Unknown      int // commands of unknown outcome; each is at a person
	// Breaks names what is wrong, by the number of the invariant.
	Breaks []string

	named     map[int]int // breaks by invariant
	unordered bool
}

// orderly is the number of the invariant about order.
const orderly = 6

// maxBreaks is how many breaks of one invariant are named.
const maxBreaks = 8

func (r *Report) breaks(invariant int, format string, args ...any) {
	if invariant == orderly && r.unordered {
		return
	}
	if r.named[invariant]++; r.named[invariant] <= maxBreaks {
		r.Breaks = append(r.Breaks, fmt.Sprintf("invariant %d: "+format, append([]any{invariant}, args...)...))
	}
}

// Err is nil when nothing is wrong.
func (r *Report) Err() error {
	inversions := r.Inversions
	if r.unordered {
		inversions = 0
	}
	if len(r.Breaks) == 0 && r.Lost+r.Doubled+inversions+r.Orphans+r.Stuck == 0 {
		return nil
	}
	return fmt.Errorf("%w: lost %d, doubled %d, inversions %d, orphans %d, stuck %d:\n%s", ErrBroken, r.Lost, r.Doubled, r.Inversions,
		r.Orphans, r.Stuck, strings.Join(r.Breaks, "\n"))
}

// ErrBroken is a promise that was not kept.
var ErrBroken = errors.New("a promise was not kept")

// Run judges. Its error says that it could not; what is wrong with the product stands in the report.
func Run(ctx context.Context, in Input) (*Report, error) {
	b, err := open(ctx, in.Setting)
	if err != nil {
		return nil, fmt.Errorf("read the database: %w", err)
	}
	r := &Report{named: make(map[int]int), unordered: in.Unordered, Runs: len(b.instances), Commands: len(b.commands)}
	j := &judge{Input: in, books: b, Report: r}
	j.messages()
	j.order()
	j.runs()
	j.calls()
	j.sends()
	j.histories()
	j.halves()
	j.alerts()
	j.leases()
	return r, nil
}

// judge is one judgement under way.
type judge struct {
	Input
	*books
	*Report
}

// messages: invariants 1 and 9.
func (j *judge) messages() {
	ended := make(map[string]int)
	for _, a := range j.Asked {
		stored := j.stored[a.Token]
		switch acknowledged := !a.Acknowledged.IsZero(); {
		case acknowledged:
			j.Acknowledged++
			if len(stored) == 0 && j.excused[a.Token] == "" {
				j.Lost++
				j.breaks(1, "%s was acknowledged and is not stored", a.Token)
			}
		default:
			j.Refused++
		}
		if len(stored) > 1 {
			j.Doubled++
			j.breaks(1, "%s is stored %d times", a.Token, len(stored))
		}
		if len(stored) == 0 {
			if !a.Acknowledged.IsZero() && j.excused[a.Token] != "" {
				ended[j.excused[a.Token]]++
			}
			continue
		}
		runs := j.runsOf[stored[0].id]
		if len(runs) != 1 && j.excused[a.Token] == "" {
			j.breaks(1, "%s has %d runs", a.Token, len(runs))
			if len(runs) > 1 {
				j.Doubled++
			} else {
				j.Lost++
			}
		}
		if !a.Acknowledged.IsZero() {
			if len(runs) > 0 {
				ended[runs[0].status.String()]++
			} else {
				ended[j.excused[a.Token]]++
			}
		}
	}
	sum := 0
	for _, n := range ended {
		sum += n
	}
	if sum+j.Lost < j.Acknowledged {
		j.breaks(9, "%d messages were acknowledged, %d ended or wait", j.Acknowledged, sum)
	}
}

// order: invariant 6.
func (j *judge) order() {
	type last struct {
		number  int
		version int64
		token   ledger.Token
	}
	rooms := make(map[string]last)
	for _, a := range j.Asked {
		stored := j.stored[a.Token]
		if len(stored) == 0 || a.Acknowledged.IsZero() {
			continue
		}
		key := fmt.Sprintf("%s/%d", strings.TrimRight(string(a.Token), "0123456789-〕"), a.Room)
		before, seen := rooms[key]
		if seen && before.number < a.Number && before.version >= stored[0].version {
			j.Inversions++
			j.breaks(6, "%s was handled at turn %d, %s before it at turn %d", a.Token, stored[0].version, before.token, before.version)
		}
		rooms[key] = last{a.Number, stored[0].version, a.Token}
	}
	j.repliesInOrder()
}

// repliesInOrder looks at the first acceptance of each reply to one person in one group. A message that its sender gave up may arrive together
// with the next one: only acknowledged ones have an order.
func (j *judge) repliesInOrder() {
	type lane struct{ load, group, person string }
	last := make(map[lane]ledger.Token)
	numbers := make(map[ledger.Token]int, len(j.Asked))
	for _, a := range j.Asked {
		if !a.Acknowledged.IsZero() {
			numbers[a.Token] = a.Number
		}
	}
	seen := make(map[ledger.Token]bool)
	for _, c := range j.Calls {
		if len(c.Tokens) != 1 || seen[c.Tokens[0]] {
			continue
		}
		t := c.Tokens[0]
		if _, acknowledged := numbers[t]; !acknowledged {
			continue
		}
		seen[t] = true
		at := lane{strings.TrimRight(string(t), "0123456789-〕"), strings.Join(c.Targets, ","), strings.Join(c.At, ",")}
		if before, ok := last[at]; ok && numbers[before] > numbers[t] {
			j.Inversions++
			j.breaks(6, "the reply to %s was said after that to %s: %s; %s", t, before, j.story(t), j.story(before))
		}
		last[at] = t
	}
}

// calls: invariant 3, from the side of the platform, and that each message is answered.
func (j *judge) calls() {
	accepted := make(map[string]int)
	answered := make(map[ledger.Token]int)
	for _, c := range j.Calls {
		if len(c.Tokens) == 0 {
			continue // a word to people
		}
		accepted[words(c.Tokens)]++
		for _, t := range c.Tokens {
			answered[t]++
		}
	}
	for text, n := range accepted {
		command := j.byWords[text]
		if command == nil {
			j.Doubled += n
			j.breaks(3, "%s was said without a command", text)
			continue
		}
		if allowed := command.allowed(); n > allowed {
			j.Doubled += n - allowed
			j.breaks(3, "%s was accepted %d times, command %s has %d attempts that may have been", text, n, command.id, allowed)
		}
	}
	for _, c := range j.commands {
		if len(c.tokens) > 0 && c.state == completed && accepted[words(c.tokens)] == 0 {
			j.breaks(3, "command %s is completed, and the platform has not accepted it", c.id)
			j.Lost++
		}
	}
	for _, a := range j.Asked {
		n := answered[a.Token]
		if n > 1 && !j.Repeats {
			j.Doubled++
			j.breaks(3, "%s was answered %d times", a.Token, n)
		}
		if n == 0 && !a.Silent && !a.Acknowledged.IsZero() && j.Drained && !j.Unanswered && len(j.stored[a.Token]) > 0 && !j.atPerson(a.Token) {
			j.Lost++
			j.breaks(1, "%s was acknowledged and never answered", a.Token)
		}
	}
}

func words(tokens []ledger.Token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(string(t))
	}
	return b.String()
}

// atPerson reports whether what answers a message fell to a person.
func (j *judge) atPerson(t ledger.Token) bool {
	for _, c := range j.answers[t] {
		if slices.Contains(j.tasksOf, c.id) {
			return true
		}
	}
	return false
}

// story tells what became of the answer to a message.
func (j *judge) story(t ledger.Token) string {
	var b strings.Builder
	for _, c := range j.answers[t] {
		fmt.Fprintf(&b, "command %s %s", c.id, c.state)
		for _, a := range c.attempts {
			fmt.Fprintf(&b, ", attempt %d at %q proof %q reason %q", a.Number, deref(a.ID), deref(a.Proof), deref(a.Reason))
		}
	}
	for _, c := range j.Calls {
		if slices.Contains(c.Tokens, t) {
			fmt.Fprintf(&b, ", accepted as %s/%d at %s", c.MessageID, c.Position, c.AcceptedAt.Format("05.000"))
		}
	}
	return b.String()
}
