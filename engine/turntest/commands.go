package turntest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// actor is who acts on tasks in a script.
const actor = "helper"

// speaks is a line in which somebody says something.
var speaks = regexp.MustCompile(`^([^:{]+?) *(\{[^}]*\})?: ?(.*)$`)

// verbs begin the lines in which nobody speaks.
var verbs = []string{"at", "config", "show", "look", "pass", "until", "event", "withdraw", "result", "answer", "task"}

// command runs one line of a case.
func (c *testCase) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	words, fields, braced := strings.Cut(rest, "{")
	if braced {
		fields = "{" + fields
	}
	args := strings.Fields(words)
	switch {
	case verb == "at" && c.room == nil:
		c.at = rest
		return nil
	case verb == "config" && len(args) == 1 && c.room == nil:
		return c.config(args[0], fields)
	case verb == "show":
		c.shown = append(c.shown, args...)
		return nil
	case verb == "look" && len(args) == 1:
		return c.look(args[0])
	case verb == "pass" && len(args) == 1:
		d, err := time.ParseDuration(args[0])
		if err != nil {
			return fmt.Errorf("%w: %w", ErrScript, err)
		}
		return c.pass(d)
	case verb == "until" && len(args) == 1:
		return c.until(args[0])
	}
	event, err := c.event(verb, args, fields, line)
	if err != nil {
		return err
	}
	return c.turn(event)
}

// event is the event that a line stands for.
func (c *testCase) event(verb string, args []string, fields, line string) (*flowdeskv1.Event, error) {
	if err := c.open(); err != nil {
		return nil, err
	}
	switch {
	case verb == "event" && len(args) == 0:
		event := &flowdeskv1.Event{}
		return event, c.decode(fields, event)
	case verb == "withdraw" && len(args) == 1:
		id, err := c.resolve(args[0])
		return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Withdrawn{Withdrawn: &flowdeskv1.MessageWithdrawn{Message: id}}}, err
	case verb == "result" && len(args) == 2:
		id, err := c.resolve(args[0])
		if err != nil {
			return nil, err
		}
		result := &flowdeskv1.CommandResult{Command: id, Robot: "day"}
		return &flowdeskv1.Event{Source: "queue", Payload: &flowdeskv1.Event_CommandResult{CommandResult: result}},
			c.decode("{state: "+args[1]+"}\n", result, fields)
	case verb == "answer" && len(args) == 1:
		id, err := c.resolve(args[0])
		if err != nil {
			return nil, err
		}
		answer := &flowdeskv1.CallAnswer{Call: id, Outcome: flowdeskv1.CallOutcome_CALL_OUTCOME_OK}
		return &flowdeskv1.Event{Payload: &flowdeskv1.Event_CallAnswer{CallAnswer: answer}}, c.decode(fields, answer)
	case verb == "task" && len(args) == 2:
		id, err := c.resolve(args[0])
		if err != nil {
			return nil, err
		}
		task := &flowdeskv1.TaskEvent{Task: id}
		return &flowdeskv1.Event{Actor: actor, Payload: &flowdeskv1.Event_Task{Task: task}}, c.decode("{action: "+args[1]+"}\n", task, fields)
	}
	said := speaks.FindStringSubmatch(line)
	if said == nil || slices.Contains(verbs, verb) {
		return nil, fmt.Errorf("%w: no such command, or not here, or not with this", ErrScript)
	}
	message := report(said[1], said[3])
	return &flowdeskv1.Event{Payload: &flowdeskv1.Event_Message{Message: message}}, c.decode(said[2], message)
}

func (c *testCase) resolve(name string) (string, error) {
	return c.print.names.resolve(name, c.room.Now)
}

// decode reads fields, and then further ones, into a message.
func (c *testCase) decode(fields string, into proto.Message, more ...string) error {
	for _, text := range append([]string{fields}, more...) {
		if err := decode([]byte(text), into, c.resolve); err != nil {
			return err
		}
	}
	return nil
}

// pass lets time pass; each turn with something to show stands below its time.
func (c *testCase) pass(d time.Duration) error {
	if err := c.open(); err != nil {
		return err
	}
	c.passing = true
	defer func() { c.passing = false }()
	end := c.room.Now.Add(d)
	for n := 0; ; n++ {
		if n == maxTurns {
			return ErrEndless
		}
		at, event := c.room.next()
		if event == nil || at.After(end) {
			c.room.Now = end
			return nil
		}
		if at.After(c.room.Now) {
			c.room.Now = at
		}
		mark := len(c.lines)
		was := c.print.now
		c.lines = append(c.lines, "")
		if err := c.turn(event); err != nil {
			return err
		}
		if len(c.lines) == mark+1 {
			c.lines, c.print.now = c.lines[:mark], was
			continue
		}
		c.lines[mark] = "  " + c.print.now.Format("at 15:04:05")
		if was.Format(time.DateOnly) != c.print.now.Format(time.DateOnly) {
			c.lines[mark] = "  " + c.print.now.Format("at 2006-01-02 15:04:05")
		}
	}
}

func (c *testCase) until(at string) error {
	if err := c.open(); err != nil {
		return err
	}
	day, err := time.ParseInLocation("15:04", at, c.room.Env.Zone)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrScript, err)
	}
	now := c.room.Now.In(c.room.Env.Zone)
	next := time.Date(now.Year(), now.Month(), now.Day(), day.Hour(), day.Minute(), 0, 0, c.room.Env.Zone)
	if !next.After(now) {
		next = next.AddDate(0, 0, 1)
	}
	return c.pass(next.Sub(now))
}

// clock is the time at which a case begins.
func clock(at string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, at, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%w: %q is no time such as 2026-01-05 22:30", ErrScript, at)
}

// config gives a node another config, and writes what the compiler finds in the flow then.
func (c *testCase) config(node, fields string) error {
	for _, n := range c.flow.GetNodes() {
		if n.GetId() != node {
			continue
		}
		m := n.ProtoReflect()
		arm := m.WhichOneof(m.Descriptor().Oneofs().ByName("config"))
		if arm == nil {
			break
		}
		config := m.NewField(arm)
		if err := decode([]byte(fields), config.Message().Interface(), nil); err != nil {
			return err
		}
		m.Set(arm, protoreflect.ValueOf(config.Message()))
		_, diagnostics := c.catalog.Compile(Flow, 1, c.flow)
		for _, d := range diagnostics {
			place := d.GetNode()
			if d.GetField() != "" {
				place += "." + d.GetField()
			}
			c.lines = append(c.lines, fmt.Sprintf("  %s %s %s: %s", strings.ToLower(enumName(d.GetSeverity())), d.GetCode(), place, d.GetMessage()))
		}
		return nil
	}
	return fmt.Errorf("%w: the flow has no node %s", ErrScript, node)
}
