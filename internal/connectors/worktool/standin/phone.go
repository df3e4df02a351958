package standin

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// accept takes a batch in: it gives the tasks their message id, enters them into the ledger and puts them into
// the phone's queue. Equal commands of one batch are collapsed, 304 empties the queue at once.
func (s *Sim) accept(r *robot, tasks []*task, raw string) (messageID string) {
	now := s.opts.Now()
	messageID = strconv.FormatInt(s.nextID(now), 10)
	a := acceptance{messageID: messageID, at: now, raw: raw, types: make([]int, len(tasks))}
	seen := make(map[string]bool, len(tasks))
	for i, t := range tasks {
		a.types[i] = t.Type
		t.entry.MessageID, t.entry.RobotID, t.entry.AcceptedAt = messageID, r.id, now
		s.ledger.add(t.entry)
		s.counts.Accepted++
		s.counts.Waiting++
		key := t.key()
		if seen[key] {
			s.end(t.entry, Collapsed, now)
			continue
		}
		seen[key] = true
		if s.opts.Accepted != nil {
			s.opts.Accepted(*t.entry)
		}
		if t.Type == cmdClear {
			for _, waiting := range r.queue {
				s.end(waiting.entry, Cleared, now)
			}
			r.queue = r.queue[:0]
		}
		r.queue = append(r.queue, t)
	}
	s.counts.Batches++
	r.remember(a, s.opts.Keep)
	s.startPhone(r)
	return messageID
}

// startPhone sets a phone to work if it has any and is not at it already.
func (s *Sim) startPhone(r *robot) {
	if s.closed || r.working || r.mode.Offline || r.mode.Stuck || len(r.queue) == 0 {
		return
	}
	r.working = true
	s.work.Go(func() { s.runPhone(r) })
}

// runPhone works off the queue, one command after the other, and ends when it is empty.
func (s *Sim) runPhone(r *robot) {
	for {
		s.mu.Lock()
		if s.closed || r.mode.Offline || r.mode.Stuck || len(r.queue) == 0 {
			r.working = false
			s.mu.Unlock()
			return
		}
		t := r.queue[0]
		r.queue[0] = nil
		if r.queue = r.queue[1:]; len(r.queue) == 0 {
			r.queue = nil // let go of the array of a long queue
		}
		began := s.opts.Now()
		s.mu.Unlock()

		if !s.sleep(s.ctx, s.duration(t)) {
			return
		}
		s.mu.Lock()
		s.finish(r, t, began)
		s.mu.Unlock()
	}
}

func (s *Sim) duration(t *task) time.Duration {
	switch t.Type {
	case cmdClear:
		return 0
	case cmdFile, cmdForward:
		return 2 * s.opts.PhoneDelay
	case cmdCreateGroup, cmdModifyGroup, cmdDismiss, cmdSaveFriend:
		return 3 * s.opts.PhoneDelay
	default:
		return s.opts.PhoneDelay
	}
}

// finish does a command, records the result and reports it.
func (s *Sim) finish(r *robot, t *task, began time.Time) {
	now := s.opts.Now()
	o := s.perform(r, t)
	t.entry.Code, t.entry.FailList, t.entry.Groups = o.code, o.failed, o.groups
	state := Done
	if o.code != codeOK {
		state = Failed
	}
	s.end(t.entry, state, now)
	res := result{outcome: o, task: t, began: began, took: now.Sub(began)}
	r.results.add(res)
	s.reportResult(r, &res)
}

// outcome is what a phone made of a command.
type outcome struct {
	code   int
	done   []string
	failed []string
	groups []string // true names
	group  string   // with a QR code
	qrCode string
}

// result is an outcome with its times, as kept for queries.
type result struct {
	outcome
	task  *task
	began time.Time
	took  time.Duration
}

func (r *result) reason() string {
	if r.code == codeOK {
		return ""
	}
	if r.code == codeSendFailed {
		return "发送成功: " + join(r.done) + " 发送失败: " + join(r.failed)
	}
	if reason := reasons[r.code]; reason != "" {
		return reason
	}
	return "执行失败"
}

// rawMsg is the command as the platform repeats it: with its own additions in a query, and files cut short.
func (r *result) rawMsg(query bool) string {
	raw := r.task.raw
	if query || len(r.task.FileBase64) > 100 {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil {
			if query {
				object["apiSend"] = json.RawMessage("1")
				object["messageId"] = quote(r.task.entry.MessageID)
				if object["textType"] == nil {
					object["textType"] = json.RawMessage("0")
				}
			}
			if len(r.task.FileBase64) > 100 {
				object["fileBase64"] = quote(r.task.FileBase64[:100])
			}
			if whole, err := json.Marshal(object); err == nil {
				raw = whole
			}
		}
	}
	return string(raw)
}

// forced applies the robot's mode: a code for all targets, a part of the targets, or nothing.
func (s *Sim) forced(r *robot, t *task) (o outcome, ok bool) {
	m := &r.mode
	if m.FailCode == 0 || !s.hit(m) {
		return outcome{}, false
	}
	if m.FailTimes > 0 {
		key := t.key()
		if r.failures[key] >= m.FailTimes {
			return outcome{}, false
		}
		if len(r.failures) >= 100_000 {
			clear(r.failures)
		}
		r.failures[key]++
	}
	return outcome{code: m.FailCode, failed: slices.Clone(t.entry.Targets)}, true
}
