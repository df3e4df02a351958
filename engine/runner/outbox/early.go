package outbox

// maxEarly bounds each half of the early results.
const maxEarly = 5_000

// earlyResults are results that came before the answer to their send. Those of commands that are not ours, or are settled already, come here too:
// when one half is full the older one is dropped, so that they never crowd out the new ones.
type earlyResults struct {
	young, old map[string]Result
}

func (r *earlyResults) put(result Result) {
	if r.young == nil || len(r.young) >= maxEarly {
		r.young, r.old = make(map[string]Result), r.young
	}
	r.young[result.PlatformID+result.Fingerprint] = result
}

func (r *earlyResults) take(key string) (Result, bool) {
	for _, half := range []map[string]Result{r.young, r.old} {
		if result, ok := half[key]; ok {
			delete(half, key)
			return result, true
		}
	}
	return Result{}, false
}
