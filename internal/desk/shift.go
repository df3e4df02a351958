package desk

import (
	"slices"
	"strings"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// ReplyDuty is the reply duty on shift: the day robot's within the day shift, else the night robot's.
func ReplyDuty(dayShift *flowdeskv1.TimeWindow, t time.Time, zone *time.Location) flowdeskv1.Duty {
	if InWindow(dayShift, t, zone) {
		return flowdeskv1.Duty_DUTY_DAY_REPLY
	}
	return flowdeskv1.Duty_DUTY_NIGHT_REPLY
}

// Duties are the duties on shift: monitoring and notices all day, and one of the reply duties.
func Duties(dayShift *flowdeskv1.TimeWindow, t time.Time, zone *time.Location) []flowdeskv1.Duty {
	return []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_MONITOR, flowdeskv1.Duty_DUTY_NOTIFY, ReplyDuty(dayShift, t, zone)}
}

// RobotChoice is the robot that speaks.
type RobotChoice struct {
	// Robot is its id; empty when no robot can speak.
	Robot string
	// Duty that it has: the one asked for, or the one that stands in.
	Duty flowdeskv1.Duty
	// Fallback is true when another duty's robot stands in; an alert is due then.
	Fallback bool
	// Reason in words.
	Reason string
}

// ChooseRobot chooses the robot that carries a duty in a group: one that has the duty, knows the group by an alias and is healthy. When there
// is none, a reply duty falls to the other reply duty and the notify duty to the reply robots; a robot whose only duty is monitoring never
// speaks. Among several the group's order of aliases decides, then the id. A robot that also monitors comes after one that does not, one of
// unknown health after one that is online. A group without aliases is known to every robot.
func ChooseRobot(robots []*flowdeskv1.Robot, group *flowdeskv1.Group, duty flowdeskv1.Duty) RobotChoice {
	for i, d := range speakers(duty) {
		if list := candidates(robots, group, d, true); len(list) > 0 {
			choice := RobotChoice{Robot: list[0].GetId(), Duty: d, Fallback: i > 0}
			choice.Reason = zh(d) + "机器人 " + robotName(list[0])
			if i > 0 {
				choice.Reason = unfit(robots, group, duty) + "，由" + choice.Reason + "代班"
			}
			return choice
		}
	}
	return RobotChoice{Reason: unfit(robots, group, duty) + "，没有可代班的机器人"}
}

// Candidates are the ids of the robots that may carry a duty in a group, stand-ins included, in the order in which they are tried; health
// does not count, because it may have changed when the command leaves.
func Candidates(robots []*flowdeskv1.Robot, group *flowdeskv1.Group, duty flowdeskv1.Duty) []string {
	var ids []string
	for _, d := range speakers(duty) {
		for _, r := range candidates(robots, group, d, false) {
			if !slices.Contains(ids, r.GetId()) {
				ids = append(ids, r.GetId())
			}
		}
	}
	return ids
}

// Healthy reports whether a robot can act: neither offline nor paused nor tripped.
func Healthy(r *flowdeskv1.Robot) bool {
	switch r.GetState() {
	case flowdeskv1.RobotState_ROBOT_STATE_OFFLINE, flowdeskv1.RobotState_ROBOT_STATE_PAUSED, flowdeskv1.RobotState_ROBOT_STATE_TRIPPED:
		return false
	default:
		return r != nil && !r.GetPaused()
	}
}

// speakers are the duties that may carry a duty, the duty itself first.
func speakers(duty flowdeskv1.Duty) []flowdeskv1.Duty {
	switch duty {
	case flowdeskv1.Duty_DUTY_DAY_REPLY:
		return []flowdeskv1.Duty{duty, flowdeskv1.Duty_DUTY_NIGHT_REPLY}
	case flowdeskv1.Duty_DUTY_NIGHT_REPLY:
		return []flowdeskv1.Duty{duty, flowdeskv1.Duty_DUTY_DAY_REPLY}
	case flowdeskv1.Duty_DUTY_NOTIFY:
		return []flowdeskv1.Duty{duty, flowdeskv1.Duty_DUTY_DAY_REPLY, flowdeskv1.Duty_DUTY_NIGHT_REPLY}
	default:
		return nil
	}
}

// candidates are the robots with a duty that know the group, best first.
func candidates(robots []*flowdeskv1.Robot, group *flowdeskv1.Group, duty flowdeskv1.Duty, healthy bool) []*flowdeskv1.Robot {
	var list []*flowdeskv1.Robot
	for _, r := range robots {
		if slices.Contains(r.GetDuties(), duty) && aliasOrder(group, r.GetId()) >= 0 && (!healthy || Healthy(r)) {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *flowdeskv1.Robot) int {
		if c := rank(a, healthy) - rank(b, healthy); c != 0 {
			return c
		}
		if c := aliasOrder(group, a.GetId()) - aliasOrder(group, b.GetId()); c != 0 {
			return c
		}
		return strings.Compare(a.GetId(), b.GetId())
	})
	return list
}

// rank prefers robots that do nothing but speak, then robots known to be online.
func rank(r *flowdeskv1.Robot, healthy bool) int {
	rank := 0
	if slices.Contains(r.GetDuties(), flowdeskv1.Duty_DUTY_MONITOR) {
		rank += 2
	}
	if healthy && r.GetState() != flowdeskv1.RobotState_ROBOT_STATE_ONLINE {
		rank++
	}
	return rank
}

// aliasOrder is the place of a robot among the group's aliases, -1 when it does not know the group.
func aliasOrder(group *flowdeskv1.Group, robot string) int {
	if len(group.GetAliases()) == 0 {
		return 0
	}
	return slices.IndexFunc(group.GetAliases(), func(a *flowdeskv1.GroupAlias) bool { return a.GetRobot() == robot })
}

// Knows reports whether a robot can speak in a group: whether the group has a name for it, or for no robot at all.
func Knows(group *flowdeskv1.Group, robot string) bool { return aliasOrder(group, robot) >= 0 }

// unfit says why no robot with the duty can speak.
func unfit(robots []*flowdeskv1.Robot, group *flowdeskv1.Group, duty flowdeskv1.Duty) string {
	if duty == flowdeskv1.Duty_DUTY_MONITOR {
		return "监控机器人不发言"
	}
	list := candidates(robots, group, duty, false)
	if len(list) == 0 {
		return "本群没有" + zh(duty) + "机器人"
	}
	names := make([]string, len(list))
	for i, r := range list {
		names[i] = robotName(r) + healthText(r)
	}
	return zh(duty) + "机器人 " + strings.Join(names, "、")
}

func healthText(r *flowdeskv1.Robot) string {
	switch {
	case r.GetState() == flowdeskv1.RobotState_ROBOT_STATE_OFFLINE:
		return "离线"
	case r.GetState() == flowdeskv1.RobotState_ROBOT_STATE_TRIPPED:
		return "熔断"
	default:
		return "已暂停"
	}
}

func robotName(r *flowdeskv1.Robot) string {
	if r.GetTitle() != "" {
		return r.GetTitle()
	}
	return r.GetId()
}
