package desk

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// moodsKept are the moods of a participant that are remembered; the mean of section 4 is taken over them.
const moodsKept = 5

// moodStep is the least change of mood that counts as a fall: below it, two texts read alike.
const moodStep = 0.02

// Mood is what is remembered of a participant's mood.
type Mood struct {
	// Moods are the last ones, oldest first.
	Moods []float64
	// PositiveStreak counts positive messages in a row.
	PositiveStreak int32
	// FallingStreak counts messages in a row each of which had a worse mood than the one before it and none of which was positive.
	FallingStreak int32
}

// MoodAfter is a participant's mood after a message. The participant is not changed.
func MoodAfter(before *flowdeskv1.Participant, u *flowdeskv1.Understanding) Mood {
	moods := before.GetMoods()
	after := Mood{Moods: append(slices.Clone(moods[max(0, len(moods)+1-moodsKept):]), u.GetSentiment())}
	if u.GetPolarity() == flowdeskv1.Polarity_POLARITY_POSITIVE {
		after.PositiveStreak = before.GetPositiveStreak() + 1
		return after
	}
	if n := len(moods); n > 0 && atLeast(moods[n-1]-u.GetSentiment(), moodStep) {
		after.FallingStreak = before.GetFallingStreak() + 1
	}
	return after
}

// meanMood is the mean of the remembered moods; it reports whether there are any.
func meanMood(p *flowdeskv1.Participant) (float64, bool) {
	moods := p.GetMoods()
	moods = moods[max(0, len(moods)-moodsKept):]
	if len(moods) == 0 {
		return 0, false
	}
	sum := 0.0
	for _, m := range moods {
		sum += m
	}
	return sum / float64(len(moods)), true
}

// atLeast compares up to the rounding of sums and differences, so that 0.9 - 0.5 is at least 0.4.
func atLeast(value, limit float64) bool { return value >= limit-1e-9 }

// PolarityOf is the class of a mood for which nobody gave one: below neutralFrom it is negative, and as far above the middle positive.
func PolarityOf(sentiment float64) flowdeskv1.Polarity {
	switch {
	case sentiment < neutralFrom:
		return flowdeskv1.Polarity_POLARITY_NEGATIVE
	case sentiment > 1-neutralFrom:
		return flowdeskv1.Polarity_POLARITY_POSITIVE
	default:
		return flowdeskv1.Polarity_POLARITY_NEUTRAL
	}
}
