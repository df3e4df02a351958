package standin

import "time"

// robot is an account at the platform together with its phone.
type robot struct {
	id, name, role, key string
	formData            bool
	createdAt           time.Time
	mode                Mode
	hits                int // of answer faults, for Mode.Times
	failures            map[string]int

	openCallback int
	replyAll     int
	callbackURL  string
	bound        map[int]string

	chats    map[string]*chat // by the name this robot sees
	privates []*chat

	queue   []*task
	working bool

	accepted      []acceptance
	acceptedBytes int
	results       ring[result]
	heard         ring[logged]
}

func newRobot(seed RobotSeed, now time.Time, keep int) *robot {
	name := seed.Name
	if name == "" {
		name = seed.ID
	}
	return &robot{
		id: seed.ID, name: name, role: seed.Role, key: seed.Key, formData: seed.FormData, mode: seed.Mode,
		createdAt: now, failures: map[string]int{}, chats: map[string]*chat{}, bound: map[int]string{},
		results: ring[result]{most: keep}, heard: ring[logged]{most: keep},
	}
}

// acceptance is a batch as the platform took it in.
type acceptance struct {
	messageID string
	at        time.Time
	raw       string
	types     []int
}

// remember keeps an acceptance, and lets the oldest go where there are too many or they are too big: a batch of a
// hundred files in base64 is.
func (r *robot) remember(a acceptance, most int) {
	r.accepted = append(r.accepted, a)
	r.acceptedBytes += len(a.raw)
	for len(r.accepted) > max(most, 0) || r.acceptedBytes > maxAccepted {
		r.acceptedBytes -= len(r.accepted[0].raw)
		r.accepted[0] = acceptance{}
		r.accepted = r.accepted[1:]
	}
}

// logged is a message callback in the platform's log.
type logged struct {
	at     time.Time
	body   heardMessage
	answer string
	took   time.Duration
}

// ring keeps the newest items.
type ring[T any] struct {
	most  int
	items []T
	next  int // where the oldest stands once the ring is full
}

func (r *ring[T]) add(item T) {
	if len(r.items) < r.most {
		r.items = append(r.items, item)
		return
	}
	if r.most > 0 {
		r.items[r.next] = item
		r.next = (r.next + 1) % r.most
	}
}

// newest walks from the newest to the oldest while f wants more.
func (r *ring[T]) newest(f func(*T) bool) {
	for i := len(r.items) - 1; i >= 0; i-- {
		if !f(&r.items[(r.next+i)%len(r.items)]) {
			return
		}
	}
}

// oldest walks from the oldest to the newest while f wants more.
func (r *ring[T]) oldest(f func(*T) bool) {
	for i := range r.items {
		if !f(&r.items[(r.next+i)%len(r.items)]) {
			return
		}
	}
}
