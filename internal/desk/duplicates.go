package desk

import (
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// UtteranceDigest is equal for reports that may be of one utterance: the same sender, kind and raw text.
func UtteranceDigest(sender string, contentType int32, rawText string) uint64 {
	h := fnv.New64a()
	for _, part := range [...]string{FoldName(sender), strconv.Itoa(int(contentType)), rawText} {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// NewReport is a robot's report that has just come.
type NewReport struct {
	Robot      string
	PlatformID string
	Digest     uint64
	Time       time.Time
}

// DuplicateOf names the stored message that a report repeats, or nothing when it is a new utterance.
//
// A report by robot R repeats a stored utterance of equal digest that another robot reported within otherRobot and R has not: each utterance
// takes at most one report of a robot, so that a text said twice and heard by two robots is two messages, in whatever order the reports
// come. The same robot repeating is a duplicate when the platform's id is equal too; without an id only within sameRobot.
func DuplicateOf(reports []*flowdeskv1.Report, r NewReport, sameRobot, otherRobot time.Duration) (message, reason string) {
	for _, stored := range reports {
		if stored.GetDigest() != r.Digest {
			continue
		}
		age := r.Time.Sub(stored.GetTime().AsTime())
		at := slices.Index(stored.GetRobots(), r.Robot)
		switch {
		case at < 0 && age <= otherRobot:
			return stored.GetMessage(), "another robot reported it"
		case at >= 0 && r.PlatformID != "" && stored.GetPlatformIds()[at] == r.PlatformID:
			return stored.GetMessage(), "the same robot reported it with the same id"
		case at >= 0 && r.PlatformID == "" && age <= sameRobot:
			return stored.GetMessage(), "the same robot reported it a moment ago"
		}
	}
	return "", ""
}
