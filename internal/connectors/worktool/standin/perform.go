package standin

import (
	"slices"
	"strings"
)

// textTypes of what a file becomes in a chat.
var textTypes = map[string]int{"image": 2, "audio": 3, "video": 5, "*": 9}

// perform does on the phone's screen what a command says.
func (s *Sim) perform(r *robot, t *task) outcome {
	if t.invalid() {
		return outcome{code: codeBadFormat, failed: slices.Clone(t.TitleList)}
	}
	if o, ok := s.forced(r, t); ok {
		return o
	}
	switch t.Type {
	case cmdText:
		return s.each(r, t, t.TitleList, Line{Text: mention(t.ReceivedContent, t.AtList), Type: 1})
	case cmdTodo:
		return s.each(r, t, t.TitleList, Line{Text: "[待办] " + t.ReceivedContent, Type: 1})
	case cmdFile:
		o := s.each(r, t, t.TitleList, Line{Text: "[" + t.ObjectName + "]", Type: textTypes[t.FileType]})
		if t.ExtraText != "" && len(o.done) > 0 {
			s.each(r, t, o.done, Line{Text: t.ExtraText, Type: 1})
		}
		return o
	case cmdForward:
		if s.find(r, t.TitleList[0]) == nil {
			return outcome{code: codeNoRoom, failed: t.TitleList}
		}
		return s.each(r, t, t.NameList, Line{Text: t.OriginalContent, Type: t.TextType})
	case cmdRecall:
		c := s.find(r, t.TitleList[0])
		if c == nil || !c.recall(r, t.OriginalContent) {
			return outcome{code: codeTargetNotFound, failed: t.TitleList}
		}
		return outcome{done: t.TitleList, groups: []string{c.name}}
	case cmdCreateGroup:
		return s.createGroup(r, t)
	case cmdModifyGroup, cmdDismiss:
		return s.changeGroup(r, t)
	case cmdSaveFriend:
		return s.saveFriend(t)
	default:
		return outcome{}
	}
}

// each says a line to every target. Not atomic: what is found gets it, the rest fails.
func (s *Sim) each(r *robot, t *task, targets []string, l Line) outcome {
	var o outcome
	for i, name := range targets {
		c := s.find(r, name)
		if c == nil || r.mode.Partial && i > 0 && s.hit(&r.mode) {
			o.failed = append(o.failed, name)
			continue
		}
		o.done = append(o.done, name)
		o.groups = append(o.groups, c.name)
		l.Sender, l.MessageID = r.name, t.entry.MessageID
		s.say(c, l, r, nil, "")
	}
	switch {
	case len(o.failed) == 0:
	case len(targets) == 1:
		o.code = codeNoRoom
	default:
		o.code = codeSendFailed
	}
	return o
}

func (s *Sim) createGroup(r *robot, t *task) outcome {
	if s.byName[t.GroupName] != nil {
		return outcome{code: codeRename, failed: []string{t.GroupName}}
	}
	g := newChat(t.GroupName, s.opts.ChatLines)
	g.robots, g.notice = []*robot{r}, t.GroupAnnouncement
	if t.GroupRemark != "" {
		g.remarks[r] = t.GroupRemark
	}
	s.join(g, t.SelectList)
	s.enlist(g)
	return groupDone(g)
}

// changeGroup modifies or dismisses a group.
func (s *Sim) changeGroup(r *robot, t *task) outcome {
	g := s.find(r, t.GroupName)
	if g == nil || g.private {
		return outcome{code: codeNoRoom, failed: []string{t.GroupName}}
	}
	if t.Type == cmdDismiss {
		for _, member := range g.robots {
			g.unindex(member)
		}
		delete(s.byName, g.name)
		s.groups = slices.DeleteFunc(s.groups, func(other *chat) bool { return other == g })
		return outcome{done: []string{t.GroupName}, groups: []string{g.name}}
	}
	if t.NewGroupName != "" {
		if s.byName[t.NewGroupName] != nil {
			return outcome{code: codeRename, failed: []string{t.GroupName}}
		}
		s.rename(g, t.NewGroupName)
	}
	if t.NewGroupAnnouncement != "" {
		g.notice = t.NewGroupAnnouncement
	}
	if t.GroupRemark != "" {
		g.remarks[r] = t.GroupRemark
	}
	s.join(g, t.SelectList)
	s.leave(g, t.RemoveList)
	for _, member := range g.robots {
		g.index(member)
	}
	return groupDone(g)
}

func groupDone(g *chat) outcome {
	return outcome{
		done: []string{g.name}, groups: []string{g.name}, group: g.name,
		qrCode: "https://wework.qpic.cn/standin/" + g.name + ".png",
	}
}

// join adds people, and robots by their names.
func (s *Sim) join(g *chat, names []string) {
	for _, name := range names {
		if i := slices.IndexFunc(s.robots, func(r *robot) bool { return r.name == name }); i >= 0 {
			if !slices.Contains(g.robots, s.robots[i]) {
				g.robots = append(g.robots, s.robots[i])
			}
			continue
		}
		s.people[name] = true
		if !slices.Contains(g.members, name) {
			g.members = append(g.members, name)
		}
	}
}

func (s *Sim) leave(g *chat, names []string) {
	g.members = slices.DeleteFunc(g.members, func(name string) bool { return slices.Contains(names, name) })
	g.robots = slices.DeleteFunc(g.robots, func(r *robot) bool {
		gone := slices.Contains(names, r.name)
		if gone {
			g.unindex(r)
		}
		return gone
	})
}

func (s *Sim) saveFriend(t *task) outcome {
	name := t.Friend.Name
	if name == "" {
		name = t.Friend.MarkName
	}
	if name == "" {
		name = t.Friend.Phone
	}
	if t.Friend.Phone != "" && s.people[name] {
		return outcome{code: codeAlreadyFriend, failed: []string{name}}
	}
	s.people[name] = true
	return outcome{done: []string{name}}
}

func join(names []string) string { return strings.Join(names, ",") }
