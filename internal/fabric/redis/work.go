package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/rueidis"
	"golang.org/x/sync/errgroup"

	"github.com/flowdesk/flowdesk/internal/redislink"
)

// Times of the work. A Redis that is slower is as good as away.
const (
	beatEvery  = time.Second
	deafAfter  = 4 * time.Second // without anything of our own
	sendWithin = time.Second
	batch      = 256 // hints that are sent with one write
)

// errDeaf is a Redis that takes what is published and does not hand it out.
var errDeaf = errors.New("what is published does not come back")

// work is everything that is done while Redis answers.
func (f *Fabric) work(ctx context.Context, client rueidis.Client) error {
	defer f.hearing.Store(false)
	f.discard()
	f.streamed.Store(time.Now().UnixNano())
	group, ctx := errgroup.WithContext(ctx)
	beats := make(chan struct{}, 1)
	group.Go(func() error { return f.subscribe(ctx, client, beats) })
	group.Go(func() error { return f.read(ctx, client) })
	group.Go(func() error { return f.write(ctx, client) })
	group.Go(func() error { return f.live(ctx, client, beats) })
	return group.Wait()
}

// discard drops what waited while Redis was away: it is old, and the others are told of the gap by its numbers.
func (f *Fabric) discard() {
	for {
		select {
		case <-f.queue:
			f.dropped.Add(1)
		default:
			return
		}
	}
}

// subscribe hears what all are told until the connection ends.
func (f *Fabric) subscribe(ctx context.Context, client rueidis.Client, beats chan<- struct{}) error {
	return client.Dedicated(func(own rueidis.DedicatedClient) error {
		lost := own.SetPubSubHooks(rueidis.PubSubHooks{
			OnMessage: func(m rueidis.PubSubMessage) { f.heard(m.Message, beats) },
			OnSubscription: func(s rueidis.PubSubSubscription) {
				if s.Kind == "subscribe" {
					f.ears.gap() // whatever was said before, we did not hear it
					f.sayAlive() // the first beat may have been too early
				}
			},
		})
		if err := own.Do(ctx, own.B().Subscribe().Channel(f.keys.all).Build()).Error(); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-lost:
			return fmt.Errorf("subscription: %w", errors.Join(err, rueidis.ErrClosing))
		}
	})
}

// heard takes what somebody published.
func (f *Fabric) heard(data string, beats chan<- struct{}) {
	e, err := open(data)
	if err != nil {
		f.refused.Add(1)
		return
	}
	switch {
	case e.sender == f.name && e.life == f.life:
		select {
		case beats <- struct{}{}:
		default:
		}
	case e.subject == "":
		if f.peers.beat(e, time.Now()) {
			f.ears.gap()
		}
	default:
		f.hint(e, false)
	}
}

// hint hands a hint on, and the news of those that are missing.
func (f *Fabric) hint(e *envelope, toUs bool) {
	gap := f.peers.hint(e, toUs, time.Now())
	f.received.Add(1)
	f.ears.hear(e.subject, e.message)
	if gap {
		f.ears.gap()
	}
}

// write sends what waits.
func (f *Fabric) write(ctx context.Context, client rueidis.Client) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case first := <-f.queue:
			waiting := []outgoing{first}
			for more := true; more && len(waiting) < batch; {
				select {
				case next := <-f.queue:
					waiting = append(waiting, next)
				default:
					more = false
				}
			}
			if err := f.pass(ctx, client, waiting); err != nil {
				return fmt.Errorf("send: %w", err)
			}
		}
	}
}

// pass sends hints in order. One that Redis refuses is dropped; when Redis does not answer all are.
func (f *Fabric) pass(ctx context.Context, client rueidis.Client, waiting []outgoing) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	commands := make([]rueidis.Completed, 0, len(waiting))
	for _, out := range waiting {
		commands = append(commands, f.command(client, out))
	}
	for _, answer := range client.DoMulti(ctx, commands...) {
		switch err := answer.Error(); {
		case err == nil:
			f.sent.Add(1)
		case rueidis.IsRedisNil(err), redislink.Refused(err): // nobody reads that stream, or Redis takes nothing
			f.dropped.Add(1)
		default:
			f.dropped.Add(int64(len(waiting)))
			return err
		}
	}
	return nil
}

func (f *Fabric) command(client rueidis.Client, out outgoing) rueidis.Completed {
	if out.to == "" {
		return client.B().Publish().Channel(f.keys.all).Message(out.sealed).Build()
	}
	return client.B().Xadd().Key(f.keys.stream+out.to).Nomkstream().Maxlen().Almost().Threshold(streamKept).
		Id("*").FieldValue().FieldValue(field, out.sealed).Build()
}

// live says once a second that we live, waits to hear it, and looks after those who fell silent.
func (f *Fabric) live(ctx context.Context, client rueidis.Client, beats <-chan struct{}) error {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	heard := time.Now()
	for {
		f.sayAlive()
		if err := f.keep(ctx, client); err != nil {
			return fmt.Errorf("keep the stream: %w", err)
		}
	waiting:
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-beats:
				heard = time.Now()
				f.hearing.Store(true)
			case <-ticker.C:
				break waiting
			}
		}
		if time.Since(heard) > deafAfter {
			return errDeaf
		}
		for _, name := range f.peers.gone(time.Now()) {
			if err := f.takeUp(ctx, client, name); err != nil {
				return fmt.Errorf("take up what was left: %w", err)
			}
		}
	}
}

// sayAlive goes the way of the hints, so that it does not overtake those that it counts.
func (f *Fabric) sayAlive() {
	beat := f.beat(false)
	select {
	case f.queue <- outgoing{sealed: beat}:
	default: // there is a lot to say, which is as good a sign of life
	}
}
