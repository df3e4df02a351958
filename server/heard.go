package server

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// heard counts the callbacks of each robot while this process runs, so that whoever connects one sees what arrives.
type heard struct {
	mu     sync.Mutex
	robots map[string]map[string]*flowdeskv1.RobotCallback // by robot and kind
}

// note counts a callback that got a status at a time. Kinds that do not exist are not kept: their number is not ours to bound.
func (h *heard) note(robot, kind string, at time.Time, status int, probe bool) {
	if status == http.StatusNotFound {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.robots == nil {
		h.robots = make(map[string]map[string]*flowdeskv1.RobotCallback)
	}
	kinds := h.robots[robot]
	if kinds == nil {
		kinds = make(map[string]*flowdeskv1.RobotCallback)
		h.robots[robot] = kinds
	}
	c := kinds[kind]
	if c == nil {
		c = &flowdeskv1.RobotCallback{Kind: kind}
		kinds[kind] = c
	}
	if status == http.StatusOK {
		c.Taken++
	} else {
		c.Refused++
	}
	if probe {
		c.Probes++
	}
	c.LastTime, c.LastStatus = engine.Timestamp(at), int32(status)
}

// of gives what a robot's addresses heard, in order of kind.
func (h *heard) of(robot string) []*flowdeskv1.RobotCallback {
	h.mu.Lock()
	defer h.mu.Unlock()
	kinds := slices.SortedFunc(maps.Values(h.robots[robot]), func(a, b *flowdeskv1.RobotCallback) int {
		return cmp.Compare(a.GetKind(), b.GetKind())
	})
	for i, c := range kinds {
		kinds[i] = proto.CloneOf(c)
	}
	return kinds
}

// last is when a robot was last heard; the zero time when it was not.
func (h *heard) last(robot string) time.Time {
	var last time.Time
	for _, c := range h.of(robot) {
		if at := c.GetLastTime().AsTime(); at.After(last) {
			last = at
		}
	}
	return last
}
