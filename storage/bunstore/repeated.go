package bunstore

import (
	"github.com/flowdesk/flowdesk/storage"
)

var requestKnown = changing(Look, "requests", "id", "method = ?text AND id = ?text")

// repeated breaks chains where a turn's request had its turn before, and names those turns; a second one in the same batch only loses. Whoever
// commits such a turn meanwhile moves the same session, and this batch then loses there.
func (h *hot) repeated(run Run, turns []*storage.TurnWrite, chains map[string]*chain) (repeated []int, err error) {
	look := &Step{Statement: requestKnown}
	var asking []int
	for i, w := range turns {
		if w.Request != nil && chains[w.Session].has(i) {
			asking = append(asking, i)
			look.Values = append(look.Values, clean(w.Request.Method), clean(w.Request.ID))
		}
	}
	if len(asking) == 0 {
		return nil, nil
	}
	if err := run(look); err != nil {
		return nil, err
	}
	type request struct{ method, id string }
	seen := make(map[request]bool, len(asking))
	for row, i := range asking {
		w := turns[i]
		own := request{w.Request.Method, w.Request.ID}
		switch {
		case !chains[w.Session].has(i): // an earlier turn of its session was cut: it runs again
		case look.Found[row] != "":
			repeated = append(repeated, i)
			chains[w.Session].cut(i)
		case seen[own]: // the other may lose yet
			chains[w.Session].cut(i)
		default:
			seen[own] = true
		}
	}
	return repeated, nil
}
