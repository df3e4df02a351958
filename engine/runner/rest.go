package runner

import "time"

// restFor is the wait before the store is tried again that did not answer.
const restFor = time.Second

// unstored answers for an event for whose turn something could not be read. One that is durable must not be dropped: the store is waited for.
func (r *Runner) unstored(s *session, j *job, err error) {
	r.spills.failed(err)
	switch {
	case r.commits.giveUp(j):
		r.finish(j, outcome{err: err})
	case transient(err):
		r.rest(s)
		s.again(j)
	default:
		r.failed(s, j, err)
	}
}

// rest lets a session go on in a while, with what waits in its order.
func (r *Runner) rest(s *session) {
	s.mu.Lock()
	rests := s.resting
	s.resting = true
	s.mu.Unlock()
	if !rests {
		r.soon(restFor, func() { r.wake(s) })
	}
}

func (r *Runner) wake(s *session) {
	s.mu.Lock()
	s.resting = false
	driving := s.take()
	s.mu.Unlock()
	if driving {
		r.drive(s)
	}
}

// soon runs a function after a time, or as soon as the runner ends: whoever waits for it gets an answer.
func (r *Runner) soon(wait time.Duration, f func()) {
	r.spawn(func() {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.ctx.Done():
		}
		f()
	})
}
