package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdesk/flowdesk/internal/fault/ledger"
)

// callbackWait is when a sender gives a callback up, as the platform does.
const callbackWait = 3 * time.Second

// Load sends messages: in each room one after the other, numbered, and in all rooms together at a rate.
type Load struct {
	// Rate is how many messages a second are sent in all rooms together; 100 by default. 0 < Rate.
	Rate float64
	// Kind gives the first character of a room's n-th message: 问 is answered at once, 等 later, 查 when the service was asked. By default all
	// are 问.
	Kind func(room, n int) string
	// Rooms restricts the load to the first so many rooms.
	Rooms int
	// Late is told how long each callback took and its status; 0 is none.
	Late func(took time.Duration, status int)
	// Name tells the tokens of several loads apart; lower-case letters.
	Name string
}

// Loading is a load under way.
type Loading struct {
	cancel context.CancelFunc
	work   sync.WaitGroup
	sent   atomic.Int64
}

// Sent counts the messages that were sent.
func (l *Loading) Sent() int64 { return l.sent.Load() }

// Stop ends the load and waits for the callbacks under way.
func (l *Loading) Stop() {
	l.cancel()
	l.work.Wait()
}

// Begin begins a load.
func (r *Rig) Begin(ctx context.Context, load Load) *Loading {
	if load.Rate == 0 {
		load.Rate = 100
	}
	if load.Rooms == 0 {
		load.Rooms = r.Options.Rooms
	}
	if load.Kind == nil {
		load.Kind = func(int, int) string { return "问" }
	}
	ctx, cancel := context.WithCancel(ctx)
	l := &Loading{cancel: cancel}
	every := time.Duration(float64(load.Rooms) / load.Rate * float64(time.Second))
	for room := range load.Rooms {
		l.work.Go(func() {
			Pause(ctx, every*time.Duration(room)/time.Duration(load.Rooms)) // rooms take turns
			ticks := time.NewTicker(every)
			defer ticks.Stop()
			for n := 0; ctx.Err() == nil; n++ {
				l.sent.Add(1)
				r.Say(context.WithoutCancel(ctx), load, room, n)
				select {
				case <-ticks.C:
				case <-ctx.Done():
				}
			}
		})
	}
	return l
}

// Say sends one message and notes whether it was acknowledged.
func (r *Rig) Say(ctx context.Context, load Load, room, n int) *ledger.Asked {
	kind := load.Kind(room, n)
	a := &ledger.Asked{Token: ledger.Token(fmt.Sprintf("〔%s%d-%d〕", load.Name, room, n)), Room: room, Number: n, Sent: time.Now()}
	a.Due = a.Sent
	who := fmt.Sprintf("客户%02d", room)
	if kind != "问" { // a later reply takes up an earlier one to the same person
		who = fmt.Sprintf("客户%s%02d-%d", load.Name, room, n)
	}
	if kind == "等" {
		a.Due = a.Sent.Add(r.Options.Delay)
	}
	r.Ledger.Ask(a)
	status := r.Post(ctx, room, Body(room, who, kind+string(a.Token), string(a.Token)))
	if status == http.StatusOK {
		r.Ledger.Answer(a)
	}
	if load.Late != nil {
		load.Late(time.Since(a.Sent), status)
	}
	return a
}

// Body is a callback as the platform writes it.
func Body(room int, who, text, id string) []byte {
	body, err := json.Marshal(map[string]any{
		"spoken": text, "rawSpoken": text, "receivedName": who, "groupName": Room(room), "groupRemark": "", "roomType": 1,
		"atMe": false, "textType": 1, "messageId": id,
	})
	if err != nil {
		panic(err) //nolint:forbidigo // plain strings
	}
	return body
}

// from lists the servers from the one at a place on, without those that are passed over.
func (r *Rig) from(at int) []*Server {
	servers := make([]*Server, 0, len(r.Servers))
	for i := range r.Servers {
		if s := r.Servers[(at+i)%len(r.Servers)]; !s.apart.Load() {
			servers = append(servers, s)
		}
	}
	return servers
}

// Path is the path of the message callbacks of a room's robot.
func (r *Rig) Path(room int) string { return r.platform.paths[room%len(r.platform.paths)] }

// Post sends a callback to the server of its room, or to another when that one does not answer, and gives the status; 0 for no answer.
func (r *Rig) Post(ctx context.Context, room int, body []byte) (status int) {
	for _, s := range r.from(room) {
		status, _ = r.PostTo(ctx, "http://"+s.HTTP+r.Path(room), body)
		if status == http.StatusOK {
			break
		}
	}
	return status
}

// PostTo sends a callback to an address and gives status and answer; 0 for no answer.
func (r *Rig) PostTo(ctx context.Context, address string, body []byte) (status int, answer []byte) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return 0, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return 0, nil
	}
	return response.StatusCode, answer
}
