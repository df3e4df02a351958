// Package fabrictest holds what every fabric promises, run by each of them.
package fabrictest

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// Group is a fabric under test.
type Group struct {
	// Join adds a replica under a name; the suite closes it. Replicas of one group hear each other.
	Join func(t *testing.T, name string) fabric.Fabric
	// MaxMessage is the longest message that must arrive.
	MaxMessage int
	// Cut breaks every connection for a moment; nil for a fabric that has none.
	Cut func(t *testing.T)
	// Alone is a fabric on which nobody hears anybody.
	Alone bool
}

// within is how long a hint may take on a machine that is busy with other tests.
const within = 20 * time.Second

// Run holds a fabric to its contract. Open makes a new group.
func Run(t *testing.T, open func(t *testing.T) Group) {
	t.Helper()
	t.Run("is harmless", func(t *testing.T) { t.Parallel(); harmless(t, open(t)) })
	if open(t).Alone {
		t.Run("hears nobody", func(t *testing.T) { t.Parallel(); hearsNobody(t, open(t)) })
		return
	}
	t.Run("all others hear what is sent", func(t *testing.T) { t.Parallel(); allOthersHear(t, open(t)) })
	t.Run("one hears what is sent to it", func(t *testing.T) { t.Parallel(); oneHears(t, open(t)) })
	t.Run("subjects are apart", func(t *testing.T) { t.Parallel(); subjectsAreApart(t, open(t)) })
	t.Run("messages arrive as they were", func(t *testing.T) { t.Parallel(); asTheyWere(t, open(t)) })
	t.Run("one sender's hints keep their order", func(t *testing.T) { t.Parallel(); keepOrder(t, open(t)) })
	t.Run("nobody is heard after stop", func(t *testing.T) { t.Parallel(); stops(t, open(t)) })
	t.Run("two listeners hear the same", func(t *testing.T) { t.Parallel(); twoListeners(t, open(t)) })
	t.Run("a listener is called by one at a time", func(t *testing.T) { t.Parallel(); oneAtATime(t, open(t)) })
	t.Run("what is too long is dropped and counted", func(t *testing.T) { t.Parallel(); tooLong(t, open(t)) })
	t.Run("a gap is told", func(t *testing.T) { t.Parallel(); tellsGap(t, open(t)) })
}

// Ear collects what a listener hears.
type Ear struct {
	mu    sync.Mutex
	heard []string
	gaps  int
}

// Hear is for Listen.
func (e *Ear) Hear(message []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if message == nil {
		e.gaps++
		return
	}
	e.heard = append(e.heard, string(message))
}

// Heard is what was heard so far, without gaps.
func (e *Ear) Heard() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.heard...)
}

// Gaps is how many gaps were told.
func (e *Ear) Gaps() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.gaps
}

// Clear forgets.
func (e *Ear) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard, e.gaps = nil, 0
}

// Await waits until a message is heard.
func (e *Ear) Await(t *testing.T, message string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, heard := range e.Heard() {
			if heard == message {
				return true
			}
		}
		return false
	}, within, 2*time.Millisecond, "%q was not heard", message)
}

// Meet opens replicas and waits until each hears every other, both ways of sending.
func Meet(t *testing.T, g Group, names ...string) []fabric.Fabric {
	t.Helper()
	all := make([]fabric.Fabric, len(names))
	for i, name := range names {
		all[i] = g.Join(t, name)
		ctx := context.WithoutCancel(t.Context()) // a clean-up outlives the test's own
		t.Cleanup(func() { require.NoError(t, all[i].Close(ctx)) })
	}
	Meeting(t, all, names)
	return all
}

// Meeting waits until replicas hear each other. Hints may be lost, the first ones above all: they are repeated.
func Meeting(t *testing.T, all []fabric.Fabric, names []string) {
	t.Helper()
	const hello = fabric.Subject("hello")
	ears := make([]*Ear, len(all))
	for i := range all {
		ears[i] = &Ear{}
		defer all[i].Listen(hello, ears[i].Hear)()
	}
	require.Eventually(t, func() bool {
		met := true
		for i, name := range names {
			all[i].Send(hello, []byte("all "+name))
			for j, other := range names {
				if i == j {
					continue
				}
				all[i].SendTo(other, hello, []byte("one "+name))
				heard := ears[j].Heard()
				met = met && contains(heard, "all "+name) && contains(heard, "one "+name)
			}
		}
		return met
	}, within, 20*time.Millisecond, "replicas did not meet")
	for i := range all {
		require.Eventually(t, func() bool { return all[i].Health().Connected }, within, time.Millisecond, "a replica that hears and is heard is connected")
	}
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

func harmless(t *testing.T, g Group) {
	t.Helper()
	f := g.Join(t, "a")
	ear := &Ear{}
	stop := f.Listen(fabric.Inbox, ear.Hear)
	f.Send(fabric.Inbox, nil)
	f.SendTo("nobody", fabric.Inbox, []byte("x"))
	f.SendTo("", fabric.Inbox, []byte("x"))
	f.SendTo("a", fabric.Inbox, []byte("to itself"))
	require.NotEmpty(t, f.Health().Kind)
	stop()
	stop()
	require.NoError(t, f.Close(t.Context()))
	f.Send(fabric.Inbox, []byte("after the end"))
	f.SendTo("b", fabric.Inbox, []byte("after the end"))
	f.Listen(fabric.Inbox, ear.Hear)()
	require.NoError(t, f.Close(t.Context()), "closing twice")
	require.Empty(t, ear.Heard(), "a replica does not hear itself")
}

func hearsNobody(t *testing.T, g Group) {
	t.Helper()
	a, b := g.Join(t, "a"), g.Join(t, "b")
	ear := &Ear{}
	defer b.Listen(fabric.Inbox, ear.Hear)()
	a.Send(fabric.Inbox, []byte("x"))
	a.SendTo("b", fabric.Inbox, []byte("x"))
	require.NoError(t, a.Close(t.Context()))
	require.NoError(t, b.Close(t.Context()))
	require.Empty(t, ear.Heard())
	require.True(t, a.Health().Connected, "it has nothing to lose")
}

func allOthersHear(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b", "c")
	ears := make([]*Ear, len(all))
	for i, f := range all {
		ears[i] = &Ear{}
		defer f.Listen(fabric.Environment, ears[i].Hear)()
	}
	before := all[1].Health()
	all[0].Send(fabric.Environment, []byte("changed"))
	ears[1].Await(t, "changed")
	ears[2].Await(t, "changed")
	all[1].Send(fabric.Environment, []byte("back"))
	ears[0].Await(t, "back")
	require.Equal(t, []string{"back"}, ears[0].Heard(), "a replica does not hear itself")
	after := all[1].Health()
	require.Greater(t, after.Received, before.Received)
	require.Eventually(t, func() bool { return all[1].Health().Sent > before.Sent }, within, time.Millisecond)
}

func oneHears(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b", "c")
	b, c := &Ear{}, &Ear{}
	defer all[1].Listen(fabric.Inbox, b.Hear)()
	defer all[2].Listen(fabric.Inbox, c.Hear)()
	all[0].SendTo("b", fabric.Inbox, []byte("for b"))
	b.Await(t, "for b")
	all[0].SendTo("c", fabric.Inbox, []byte("for c"))
	c.Await(t, "for c")
	require.Equal(t, []string{"for b"}, b.Heard())
	require.Equal(t, []string{"for c"}, c.Heard())
}

func subjectsAreApart(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	ears := map[fabric.Subject]*Ear{}
	for _, subject := range []fabric.Subject{fabric.Inbox, fabric.Environment, fabric.Turns, fabric.Access, fabric.Members} {
		ears[subject] = &Ear{}
		defer all[1].Listen(subject, ears[subject].Hear)()
	}
	for subject := range ears {
		all[0].Send(subject, []byte(subject))
	}
	for subject, ear := range ears {
		ear.Await(t, string(subject))
	}
	for subject, ear := range ears {
		require.Equal(t, []string{string(subject)}, ear.Heard())
	}
}

func asTheyWere(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	ear := &Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, message := range map[string][]byte{
		"empty is not a gap": {}, "every byte": every, "Chinese and emoji": []byte("工单已创建 🎫"),
		"the longest": bytes.Repeat([]byte{0xff}, g.MaxMessage),
	} {
		ear.Clear()
		all[0].Send(fabric.Inbox, message)
		ear.Await(t, string(message))
		all[0].SendTo("b", fabric.Inbox, message)
		require.Eventually(t, func() bool { return len(ear.Heard()) == 2 }, within, time.Millisecond, name)
		require.Equal(t, []string{string(message), string(message)}, ear.Heard(), name)
	}
}

func keepOrder(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	ear := &Ear{}
	defer all[1].Listen(fabric.Turns, ear.Hear)()
	var want []string
	for i := range 500 {
		want = append(want, fmt.Sprint(i))
		all[0].Send(fabric.Turns, []byte(want[i]))
	}
	ear.Await(t, "499")
	require.Equal(t, want, ear.Heard())
	ear.Clear()
	for _, message := range want {
		all[0].SendTo("b", fabric.Turns, []byte(message))
	}
	ear.Await(t, "499")
	require.Equal(t, want, ear.Heard())
}

func stops(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	first, second := &Ear{}, &Ear{}
	stop := all[1].Listen(fabric.Inbox, first.Hear)
	defer all[1].Listen(fabric.Inbox, second.Hear)()
	all[0].Send(fabric.Inbox, []byte("one"))
	first.Await(t, "one")
	stop()
	all[0].Send(fabric.Inbox, []byte("two"))
	second.Await(t, "two")
	require.Equal(t, []string{"one"}, first.Heard())
}

func twoListeners(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	first, second := &Ear{}, &Ear{}
	defer all[1].Listen(fabric.Inbox, first.Hear)()
	defer all[1].Listen(fabric.Inbox, second.Hear)()
	all[0].Send(fabric.Inbox, []byte("one"))
	first.Await(t, "one")
	second.Await(t, "one")
}

func oneAtATime(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b", "c")
	var inside atomic.Bool
	var overlaps, calls atomic.Int64
	defer all[2].Listen(fabric.Inbox, func([]byte) {
		if !inside.CompareAndSwap(false, true) {
			overlaps.Add(1)
			return
		}
		defer inside.Store(false)
		for range 1000 {
			_ = fmt.Sprintf("busy for %d moments", calls.Load())
		}
		calls.Add(1)
	})()
	for range 50 {
		all[0].Send(fabric.Inbox, []byte("x"))
		all[0].SendTo("c", fabric.Inbox, []byte("x"))
		all[1].Send(fabric.Inbox, []byte("x"))
		all[1].SendTo("c", fabric.Inbox, []byte("x"))
	}
	require.Eventually(t, func() bool { return calls.Load()+overlaps.Load() >= 200 }, within, time.Millisecond)
	require.Zero(t, overlaps.Load())
}

func tooLong(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	ear := &Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	before := all[0].Health().Dropped
	all[0].Send(fabric.Inbox, make([]byte, 1<<20))
	all[0].SendTo("b", fabric.Inbox, make([]byte, 1<<20))
	all[0].Send(fabric.Inbox, []byte("after"))
	ear.Await(t, "after")
	require.Equal(t, []string{"after"}, ear.Heard())
	require.Equal(t, before+2, all[0].Health().Dropped)
}

func tellsGap(t *testing.T, g Group) {
	t.Helper()
	all := Meet(t, g, "a", "b")
	ear, other := &Ear{}, &Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	defer all[1].Listen(fabric.Access, other.Hear)()
	require.Eventually(t, func() bool { // what a meeting left over is told by now
		before := ear.Gaps()
		return !testingGap(func() bool { return ear.Gaps() > before })
	}, within, time.Millisecond)
	ear.Clear()
	other.Clear()
	g.Cut(t)
	require.Eventually(t, func() bool { return ear.Gaps() > 0 && other.Gaps() > 0 }, within, time.Millisecond, "a gap was not told to every listener")
	Meeting(t, all, []string{"a", "b"})
	all[0].Send(fabric.Inbox, []byte("healed"))
	ear.Await(t, "healed")
}

// testingGap reports whether something becomes true within a second and a half.
func testingGap(f func() bool) bool {
	timer := time.NewTimer(1500 * time.Millisecond)
	defer timer.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-timer.C:
			return false
		case <-tick.C:
			if f() {
				return true
			}
		}
	}
}
