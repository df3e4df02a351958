package standin

import (
	"fmt"
	"strings"
	"time"
)

// chat is a group, or the private chat of a robot and a person.
type chat struct {
	name     string // of a private chat: the person
	private  bool
	internal bool
	notice   string
	members  []string
	robots   []*robot
	remarks  map[*robot]string
	lines    ring[Line]
}

// Line is something said in a chat.
type Line struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Sender    string    `json:"sender"`
	Text      string    `json:"text"` // with mentions, as all see it
	Type      int       `json:"type"`
	Robot     bool      `json:"robot"`
	Recalled  bool      `json:"recalled,omitempty"`
	MessageID string    `json:"messageId,omitempty"` // of the command, for what a robot said
}

func newChat(name string, lines int) *chat {
	return &chat{name: name, remarks: map[*robot]string{}, lines: ring[Line]{most: lines}}
}

// find resolves a name as a robot's phone does: a remark hides the name of a group, and only own chats are found.
func (s *Sim) find(r *robot, name string) *chat {
	if c := r.chats[name]; c != nil {
		return c
	}
	if s.people[name] {
		return s.private(r, name)
	}
	return nil
}

// index makes a chat findable by a robot, under its present name and no other.
func (c *chat) index(r *robot) {
	c.unindex(r)
	r.chats[c.shown(r)] = c
}

func (c *chat) unindex(r *robot) {
	for name, other := range r.chats {
		if other == c {
			delete(r.chats, name)
		}
	}
}

// shown is the name under which a robot finds a chat.
func (c *chat) shown(r *robot) string {
	if remark := c.remarks[r]; remark != "" {
		return remark
	}
	return c.name
}

// private finds or opens the private chat of a robot and a person.
func (s *Sim) private(r *robot, person string) *chat {
	if c := r.chats[person]; c != nil && c.private {
		return c
	}
	c := newChat(person, s.opts.ChatLines)
	c.private, c.members, c.robots = true, []string{person}, []*robot{r}
	r.privates = append(r.privates, c)
	if r.chats[person] == nil {
		r.chats[person] = c
	}
	return c
}

// say adds a line to a chat and lets the robots of the chat hear it.
func (s *Sim) say(c *chat, l Line, from *robot, image []byte, messageID string) {
	s.lines++
	l.Seq, l.At, l.Robot = s.lines, s.opts.Now(), from != nil
	c.lines.add(l)
	for _, r := range c.robots {
		if r == from && !r.mode.Echo {
			continue
		}
		s.hear(r, c, l, image, messageID)
	}
}

// mention puts the mentions before a text, as WeChat Work shows them.
func mention(text string, at []string) string {
	var b strings.Builder
	for _, name := range at {
		name = "@" + strings.TrimPrefix(name, "@")
		if !strings.Contains(text, name) {
			b.WriteString(name)
			b.WriteByte(' ')
		}
	}
	return b.String() + text
}

// unmention takes a robot's own name out of a text, and tells whether it was there.
func unmention(text, name string) (string, bool) {
	mark := "@" + name
	i := strings.Index(text, mark)
	if i < 0 {
		return text, false
	}
	rest := text[i+len(mark):]
	for _, space := range []string{" ", "\u2005", "\u00a0"} {
		rest = strings.TrimPrefix(rest, space)
	}
	return strings.TrimSpace(text[:i] + rest), true
}

// recall marks the newest line of a robot with this text as taken back.
func (c *chat) recall(r *robot, text string) bool {
	found := false
	c.lines.newest(func(l *Line) bool {
		if l.Robot && l.Sender == r.name && !l.Recalled && strings.Contains(l.Text, text) {
			l.Recalled, found = true, true
		}
		return !found
	})
	return found
}

// Rename lets a member give a group another name, which no robot is told.
func (s *Sim) Rename(group, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.byName[group]
	switch {
	case g == nil || g.private:
		return fmt.Errorf("group %q: %w", group, ErrNoSuch)
	case s.byName[name] != nil:
		return fmt.Errorf("group %q exists", name)
	}
	s.rename(g, name)
	return nil
}

func (s *Sim) rename(g *chat, name string) {
	delete(s.byName, g.name)
	g.name = name
	s.byName[g.name] = g
	for _, member := range g.robots {
		g.index(member)
	}
}
