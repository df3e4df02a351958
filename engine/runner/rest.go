package runner

import (
	"context"
	"errors"

	"github.com/flowdesk/flowdesk/storage"
)

// unstored answers for an event whose session could not be read. One that is durable must not be dropped: it is tried again.
func (r *Runner) unstored(s *session, j *job, err error) {
	if r.commits.giveUp(j) {
		r.finish(j, outcome{err: err})
		return
	}
	if !r.patient(j, err) {
		r.quarantine(j, err)
		return
	}
	r.rest(s)
	s.again(j)
}

// patient reports whether an event is to be tried again after an error of the store. A store that does not answer is waited for; what fails
// otherwise is tried a few times.
func (r *Runner) patient(j *job, err error) bool {
	for _, passing := range []error{storage.ErrUnavailable, storage.ErrUnknown, storage.ErrClosed, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return true
		}
	}
	j.tries++
	return j.tries < maxTries
}

// rest lets a session go on in a while, with what waits in its order.
func (r *Runner) rest(s *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resting {
		return
	}
	s.resting = true
	r.later(restFor, func() {
		s.mu.Lock()
		s.resting = false
		driving := !r.isStopping() && s.take()
		s.mu.Unlock()
		if driving {
			r.drive(s)
		}
	})
}
