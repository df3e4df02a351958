package redis

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/fabric/fabrictest"
	"github.com/flowdesk/flowdesk/internal/redislink"
)

// liar is somebody else who can write to Redis.
func liar(t *testing.T, url string) rueidis.Client {
	t.Helper()
	option, err := redislink.Option(url)
	require.NoError(t, err)
	client, err := rueidis.NewClient(option)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// lies are what no replica would send: rubbish, and what one would send cut off, changed and in another's name.
func lies() []string {
	good := (&envelope{sender: "a", life: 7, number: 3, subject: fabric.Inbox, message: []byte("a lie")}).seal()
	all := []string{"", "\x00", "\x01", strings.Repeat("x", 300<<10), string(good) + strings.Repeat("y", MaxMessage)}
	for i := range good {
		all = append(all, string(good[:i]))
		changed := append([]byte(nil), good...)
		changed[i] ^= 1 << rand.IntN(8)
		all = append(all, string(changed))
	}
	for i := range 50 {
		e := envelope{sender: fmt.Sprint("invented", i), life: rand.Uint64(), number: rand.Uint64(), leaving: i%3 == 0}
		all = append(all, string(e.seal()))
		e.subject, e.leaving = fabric.Members, false
		all = append(all, string(e.seal()))
	}
	return all
}

func TestALiarOnlyMakesUsLook(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	other := liar(t, server.URL())
	k := newKeys(0)
	inbox := &fabrictest.Ear{}
	defer all[1].Listen(fabric.Inbox, inbox.Hear)()
	start := time.Now()
	for range 20 {
		for _, lie := range lies() {
			require.NoError(t, other.Do(t.Context(), other.B().Publish().Channel(k.all).Message(lie).Build()).Error())
			add := other.B().Xadd().Key(k.stream + "b").Id("*").FieldValue()
			require.NoError(t, other.Do(t.Context(), add.FieldValue(field, lie).FieldValue("z", lie).Build()).Error())
		}
	}
	all[0].Send(fabric.Inbox, []byte("the truth, to all"))
	inbox.Await(t, "the truth, to all")
	all[0].SendTo("b", fabric.Inbox, []byte("the truth, to one"))
	inbox.Await(t, "the truth, to one")
	looks := time.Since(start)/gapEvery + 2
	require.LessOrEqual(t, inbox.Gaps(), int(looks), "a liar must not decide how often we look for everything")
	require.Greater(t, all[1].Health().Dropped, int64(1000))
	require.True(t, all[1].Health().Connected)
}

func TestReplayedAndReorderedHintsAreHeard(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	other := liar(t, server.URL())
	ear := &fabrictest.Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	for _, number := range []uint64{5, 4, 4, 1 << 60, 6} {
		e := envelope{sender: "c", life: 9, number: number, subject: fabric.Inbox, message: []byte(fmt.Sprint(number))}
		require.NoError(t, other.Do(t.Context(), other.B().Publish().Channel(newKeys(0).all).Message(string(e.seal())).Build()).Error())
	}
	ear.Await(t, "6")
	require.Equal(t, []string{"5", "4", "4", fmt.Sprint(1 << 60), "6"}, ear.Heard(), "a forged number must not make us deaf to real hints")
}

func TestWrongTypesUnderOurNamesAreRemoved(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	other := liar(t, server.URL())
	key := newKeys(0).stream + "b"
	for name, spoil := range map[string][]rueidis.Completed{
		"a text":        {other.B().Set().Key(key).Value("rubbish").Build()},
		"a list":        {other.B().Eval().Script("redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'rubbish')").Numkeys(1).Key(key).Build()},
		"no group":      {other.B().XgroupDestroy().Key(key).Group(readers).Build()},
		"moved ahead":   {other.B().XgroupSetid().Key(key).Group(readers).Id("9999999999999-0").Build()},
		"the last id":   {other.B().Eval().Script("redis.call('DEL', KEYS[1]) return redis.call('XADD', KEYS[1], '18446744073709551615-18446744073709551615', 'x', 'y')").Numkeys(1).Key(key).Build()},
		"gone entirely": {other.B().Del().Key(key).Build()},
	} {
		for _, command := range spoil {
			require.NoError(t, other.Do(t.Context(), command).Error(), name)
		}
		fabrictest.Meeting(t, all, pair)
	}
}

func TestWhatAReplicaLeavesIsTakenUp(t *testing.T) {
	t.Parallel()
	g, server, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	other := liar(t, server.URL())
	k := newKeys(0)
	dead := envelope{sender: "dead", life: 5, leaving: true}
	left := envelope{sender: "a", life: 6, number: 1, subject: fabric.Inbox, message: []byte("unheard")}
	ears := []*fabrictest.Ear{{}, {}}
	for i, f := range all {
		defer f.Listen(fabric.Inbox, ears[i].Hear)()
	}
	require.NoError(t, other.Do(t.Context(), other.B().Xadd().Key(k.stream+"dead").Id("*").FieldValue().FieldValue(field, string(left.seal())).Build()).Error())
	require.NoError(t, other.Do(t.Context(), other.B().Publish().Channel(k.all).Message(string(dead.seal())).Build()).Error())
	ears[0].Await(t, "unheard")
	ears[1].Await(t, "unheard")
}

func TestHintsThatWereDroppedAreAGapForTheOthers(t *testing.T) {
	t.Parallel()
	g, _, _ := group(t)
	all := fabrictest.Meet(t, g, pair...)
	ear := &fabrictest.Ear{}
	defer all[1].Listen(fabric.Inbox, ear.Hear)()
	sender := all[0].(*Fabric)
	require.Never(t, func() bool { before := ear.Gaps(); ear.Clear(); return before > 2 }, 1500*time.Millisecond, 100*time.Millisecond)
	ear.Clear()
	sender.mu.Lock()
	sender.number("") // as send does with one that finds the queue full
	sender.mu.Unlock()
	require.Eventually(t, func() bool { return ear.Gaps() == 1 }, within, time.Millisecond, "the last hint was dropped, and nobody was told")
}

func TestEnvelopesAreReadAsTheyWereSealed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := &envelope{
			sender: rapid.StringN(1, 60, maxName).Draw(t, "sender"), life: rapid.Uint64().Draw(t, "life"), number: rapid.Uint64().Draw(t, "number"),
			subject: fabric.Subject(rapid.StringN(1, 60, maxName).Draw(t, "subject")), message: rapid.SliceOf(rapid.Byte()).Draw(t, "message"),
		}
		got, err := open(string(want.seal()))
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

func FuzzOpen(f *testing.F) {
	for _, lie := range lies() {
		f.Add(lie)
	}
	f.Fuzz(func(t *testing.T, data string) {
		e, err := open(data)
		if err != nil {
			return
		}
		again, err := open(string(e.seal()))
		require.NoError(t, err)
		require.Equal(t, e, again)
	})
}
