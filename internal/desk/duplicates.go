package desk

import (
	"slices"
	"strconv"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// UtteranceDigest is equal for reports that may be of one utterance: the same sender, kind and raw text.
func UtteranceDigest(sender string, contentType int32, rawText string) uint64 {
	h := fnvOffset
	var number [11]byte
	h = fnvAdd(h, FoldName(sender))
	h = fnvAdd(h, string(strconv.AppendInt(number[:0], int64(contentType), 10)))
	return mix(fnvAdd(h, rawText))
}

const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

// fnvAdd adds a part and an end mark to an FNV-1a digest.
func fnvAdd(h uint64, part string) uint64 {
	for i := range len(part) {
		h = (h ^ uint64(part[i])) * fnvPrime
	}
	return h * fnvPrime // a zero byte ends the part
}

// mix is the finalizer of splitmix64: FNV alone leaves the high bits of short texts alike.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// NewReport is a robot's report that has just come.
type NewReport struct {
	// Robot that reports.
	Robot string
	// PlatformID is the platform's message id; empty when it gave none.
	PlatformID string
	// Digest of the utterance, by UtteranceDigest.
	Digest uint64
	// Time at which the report was received.
	Time time.Time
}

// ReportJudgement says whether a report repeats a stored utterance.
type ReportJudgement struct {
	// DuplicateOf is the stored message, empty for a new utterance.
	DuplicateOf string
	// Reason in words, for a new utterance as well.
	Reason string
}

// JudgeReport decides whether a report repeats one of the stored ones (oldest first), in this order:
//
//   - the same robot reported it with the same id, which must not be empty;
//   - another robot reported it within otherRobot and this one has not: the oldest such utterance, because each takes at most one report of a
//     robot, so that a text said twice and heard by two robots is two messages in whatever order the reports come;
//   - the same robot first reported it within sameRobot, and one of the two reports has no id.
//
// A window of zero switches its rule off.
func JudgeReport(reports []*flowdeskv1.Report, r NewReport, sameRobot, otherRobot time.Duration) ReportJudgement {
	var other, same *flowdeskv1.Report
	for _, stored := range reports {
		if stored.GetDigest() != r.Digest {
			continue
		}
		if !slices.Contains(stored.GetRobots(), r.Robot) {
			if age := r.Time.Sub(stored.GetTime().AsTime()).Abs(); other == nil && age <= otherRobot && otherRobot > 0 {
				other = stored
			}
			continue
		}
		known := false // an id of this robot's reports of the utterance
		for i, robot := range stored.GetRobots() {
			if robot == r.Robot && i < len(stored.GetPlatformIds()) && stored.GetPlatformIds()[i] != "" {
				known = true
				if stored.GetPlatformIds()[i] == r.PlatformID {
					return ReportJudgement{stored.GetMessage(), "同一机器人以相同消息编号重复上报"}
				}
			}
		}
		if age := r.Time.Sub(firstReport(stored, r.Robot)).Abs(); (r.PlatformID == "" || !known) && age <= sameRobot && sameRobot > 0 {
			same = stored
		}
	}
	switch {
	case other != nil:
		return ReportJudgement{other.GetMessage(), "另一机器人已上报同一条消息"}
	case same != nil:
		return ReportJudgement{same.GetMessage(), "同一机器人在 " + sameRobot.String() + " 内重复上报（无消息编号）"}
	default:
		return ReportJudgement{Reason: "新消息"}
	}
}

// firstReport is when a robot first reported an utterance: a phone that is behind repeats itself long after the report of another robot.
func firstReport(stored *flowdeskv1.Report, robot string) time.Time {
	if at := slices.Index(stored.GetRobots(), robot); at >= 0 && at < len(stored.GetTimes()) {
		return stored.GetTimes()[at].AsTime()
	}
	return stored.GetTime().AsTime()
}
