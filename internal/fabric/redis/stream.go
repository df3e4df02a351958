package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/flowdesk/flowdesk/internal/redislink"
)

// Of streams. Each replica reads its own, as the only consumer of a group, so that what it took and did not finish is handed out again.
const (
	readers    = "flowdesk"
	consumer   = "replica"
	field      = "h"
	streamKept = "10000" // entries, about; the oldest leave
	streamLife = time.Minute
	readCount  = 256
	readBlock  = time.Second
	readWithin = readBlock + sendWithin
)

// read hears what we alone are told: first what an earlier connection took and did not finish.
func (f *Fabric) read(ctx context.Context, client rueidis.Client) error {
	key := f.keys.stream + f.name
	if err := f.open(ctx, client, key); err != nil {
		return err
	}
	refused := false
	for from := "0"; ctx.Err() == nil; {
		entries, err := f.next(ctx, client, key, from)
		switch {
		case rueidis.IsRedisNil(err): // nothing came
		case redislink.Refused(err) && !refused: // the stream was removed, or is something else now
			refused = true
			if err := f.open(ctx, client, key); err != nil {
				return err
			}
			f.ears.gap()
			continue
		case err != nil:
			return fmt.Errorf("read the stream: %w", err)
		}
		refused = false
		f.take(entries, true)
		if err := f.done(ctx, client, key, entries); err != nil {
			return fmt.Errorf("acknowledge: %w", err)
		}
		if len(entries) == 0 {
			from = ">"
		}
	}
	return ctx.Err()
}

// open makes the stream and its group. Whatever else has the stream's name is removed: the name is ours.
func (f *Fabric) open(ctx context.Context, client rueidis.Client, key string) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	create := func() error {
		return client.Do(ctx, client.B().XgroupCreate().Key(key).Group(readers).Id("0").Mkstream().Build()).Error()
	}
	err := create()
	if said := refusal(err); strings.HasPrefix(said, "WRONGTYPE") {
		if err = client.Do(ctx, client.B().Del().Key(key).Build()).Error(); err == nil {
			err = create()
		}
	}
	if said := refusal(err); err != nil && !strings.HasPrefix(said, "BUSYGROUP") {
		return fmt.Errorf("make the stream: %w", err)
	}
	return nil
}

func refusal(err error) string {
	if refused, is := rueidis.IsRedisErr(err); is {
		return refused.Error()
	}
	return ""
}

func (f *Fabric) next(ctx context.Context, client rueidis.Client, key, from string) ([]rueidis.XRangeEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	streams, err := client.Do(ctx, client.B().Xreadgroup().Group(readers, consumer).Count(readCount).Block(readBlock.Milliseconds()).
		Streams().Key(key).Id(from).Build()).AsXRead()
	return streams[key], err
}

// take hears entries of a stream, ours or one that was left behind. Only in ours their numbers say what is missing.
func (f *Fabric) take(entries []rueidis.XRangeEntry, ours bool) {
	for _, entry := range entries {
		e, err := open(entry.FieldValues[field])
		switch {
		case err == nil && e.sender == f.name && e.life == f.life:
			f.streamed.Store(time.Now().UnixNano())
		case err != nil || e.subject == "":
			f.refused.Add(1)
		case ours:
			f.hint(e, true)
		default:
			f.received.Add(1)
			f.ears.hear(e.subject, e.message)
		}
	}
}

// done removes what was heard.
func (f *Fabric) done(ctx context.Context, client rueidis.Client, key string, entries []rueidis.XRangeEntry) error {
	if len(entries) == 0 {
		return nil
	}
	ids := make([]string, 0, len(entries))
	for _, entry := range entries {
		ids = append(ids, entry.ID)
	}
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	for _, answer := range client.DoMulti(ctx,
		client.B().Xack().Key(key).Group(readers).Id(ids...).Build(),
		client.B().Xdel().Key(key).Id(ids...).Build()) {
		if err := answer.Error(); err != nil && !redislink.Refused(err) {
			return err
		}
	}
	return nil
}

// keep lets our stream live on, which is gone a minute after its reader, and tries it out: a beat of our own must come through it. A stream in
// which it cannot be stored, or from which it does not come, is made anew.
func (f *Fabric) keep(ctx context.Context, client rueidis.Client) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	key := f.keys.stream + f.name
	for _, answer := range client.DoMulti(ctx,
		f.command(client, outgoing{to: f.name, sealed: f.beat(false)}),
		client.B().Expire().Key(key).Seconds(int64(streamLife.Seconds())).Build()) {
		switch err := answer.Error(); {
		case err == nil, rueidis.IsRedisNil(err): // the reader finds out that it is not there
		case redislink.Refused(err):
			return f.renew(ctx, client, key)
		default:
			return err
		}
	}
	if time.Since(time.Unix(0, f.streamed.Load())) > deafAfter {
		return f.renew(ctx, client, key)
	}
	return nil
}

// renew makes a stream that works. Its reader finds out and tells the gap.
func (f *Fabric) renew(ctx context.Context, client rueidis.Client, key string) error {
	f.streamed.Store(time.Now().UnixNano())
	err := client.Do(ctx, client.B().Del().Key(key).Build()).Error()
	if redislink.Refused(err) {
		return nil // it is as it is, until Redis allows it
	}
	return err
}

// takeUp hears what a replica that is gone left unheard. Every replica does: one of them has the work now, and the others see in the database
// that it is not theirs. The stream ends by itself.
func (f *Fabric) takeUp(ctx context.Context, client rueidis.Client, name string) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	entries, err := client.Do(ctx, client.B().Xrange().Key(f.keys.stream+name).Start("-").End("+").Count(4*readCount).Build()).AsXRange()
	if redislink.Refused(err) {
		return nil
	}
	if err != nil {
		return err
	}
	f.take(entries, false)
	if len(entries) == 4*readCount {
		f.ears.gap() // there is more than we read
	}
	return nil
}
