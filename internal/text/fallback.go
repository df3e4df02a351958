package text

import flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"

// intentByWords ranks the intents without a model, by the classes found; the trainer starts from a tree that has none.
func (u *Understander) intentByWords(sc *scratch, out *flowdeskv1.Understanding) [8]float64 {
	var scores [8]float32
	add := func(i flowdeskv1.Intent, id uint16, w float32) { scores[i-1] += w * float32(min(sc.present[id], 2)) }
	add(flowdeskv1.Intent_INTENT_COMPLAINT, u.ids.complain, 1.5)
	add(flowdeskv1.Intent_INTENT_COMPLAINT, u.ids.moodNeg2, 1.5)
	add(flowdeskv1.Intent_INTENT_COMPLAINT, u.ids.moodNeg, 0.8)
	add(flowdeskv1.Intent_INTENT_URGENT_SERVICE, u.ids.urgent, 1.5)
	add(flowdeskv1.Intent_INTENT_URGENT_SERVICE, u.ids.security, 1.5)
	add(flowdeskv1.Intent_INTENT_HELP_REQUEST, u.ids.trouble, 1)
	add(flowdeskv1.Intent_INTENT_INQUIRY, u.ids.question, 1.5)
	for _, id := range []uint16{u.ids.greet, u.ids.thanks, u.ids.bye, u.ids.bots} {
		add(flowdeskv1.Intent_INTENT_CHITCHAT, id, 1.5)
	}
	if out.GetHandoff() {
		scores[flowdeskv1.Intent_INTENT_HANDOFF-1] += 5
	}
	if out.GetResponse() {
		scores[flowdeskv1.Intent_INTENT_RESPONSE-1] += 5
	}
	scores[flowdeskv1.Intent_INTENT_INFORMATION-1] += 0.5
	var p [8]float64
	softmax(scores[:], p[:])
	return p
}
