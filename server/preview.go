package server

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// defaultPreview is how many days a preview shows.
const defaultPreview = 7

func (s *flowService) PreviewDelay(_ context.Context, r *flowdeskv1.PreviewDelayRequest) (*flowdeskv1.PreviewDelayResponse, error) {
	env := s.deps.Runner.Env()
	zone := env.Zone
	first := midnight(s.deps.Runner.Now(), zone)
	if r.GetFirstDay() != "" {
		day, err := time.ParseInLocation(time.DateOnly, r.GetFirstDay(), zone)
		if err != nil {
			return nil, invalidField("first_day", "there is no such day")
		}
		first = day
	}
	days := int(r.GetDays())
	if days == 0 {
		days = defaultPreview
	}
	rules := r.GetConfig().GetRules()
	if len(rules) == 0 {
		rules = env.GetSettings().GetDelayRules()
	}
	answer := &flowdeskv1.PreviewDelayResponse{TimeZone: zone.String()}
	for _, p := range desk.CheckDelayTable(rules) {
		answer.Problems = append(answer.Problems, p.Text())
	}
	year, month, date := first.Date()
	for n := range days {
		day := time.Date(year, month, date+n, 0, 0, 0, 0, zone)
		shown := &flowdeskv1.DelayPreviewDay{Day: day.Format(time.DateOnly)}
		for _, span := range desk.ShiftPlan(rules, env.GetSettings().GetDayShift(), day, zone) {
			shown.Spans = append(shown.Spans, previewSpan(span, rules, zone))
		}
		answer.Days = append(answer.Days, shown)
	}
	return answer, nil
}

func previewSpan(span desk.ShiftSpan, rules []*flowdeskv1.DelayRule, zone *time.Location) *flowdeskv1.DelayPreviewSpan {
	shown := &flowdeskv1.DelayPreviewSpan{
		Start: engine.Timestamp(span.Start), End: engine.Timestamp(span.End), Duty: span.Duty,
		StartText: desk.MinuteOf(span.Start, zone).String(), EndText: desk.MinuteOf(span.End, zone).String(),
	}
	if desk.MinuteOf(span.End, zone) == 0 {
		shown.EndText = desk.EndOfDay.String()
	}
	for _, s := range span.Stretches {
		// The words are those of the decision itself; of a random delay both ends are shown instead of a draw.
		decided := desk.Delay(rules, zone, span.Start, rand.New(rand.NewPCG(0, 0)), s.Priority)
		slot := &flowdeskv1.DelayPreviewSlot{Priority: s.Priority, Rule: s.Rule, Port: string(s.Port), Reason: decided.Reason}
		switch s.Port {
		case desk.DelayLater:
			slot.MinDelay, slot.MaxDelay = durationpb.New(s.Earliest.Sub(s.From)), durationpb.New(s.Latest.Sub(s.To))
		case desk.DelayTomorrow:
			slot.HeldUntil = engine.Timestamp(s.Latest)
		case desk.DelayNow:
		}
		shown.Slots = append(shown.Slots, slot)
	}
	return shown
}
