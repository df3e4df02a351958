package standin

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"mime"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// posting is a callback to be made.
type posting struct {
	url         string
	contentType string
	body        []byte
	shard       uint64
	answered    func(answer []byte, took time.Duration) // not called where none came
	missed      func(took time.Duration)                // called where none came
}

var errBadStatus = errors.New("callback answered with a status other than 200")

// shard keeps callbacks in order that concern the same robot and chat.
func (p *poster) shard(robotID, chat string) uint64 {
	var h maphash.Hash
	h.SetSeed(p.seed)
	h.WriteString(robotID)
	h.WriteByte(0)
	h.WriteString(chat)
	return h.Sum64()
}

// poster makes callbacks with a fixed number of workers, each with a queue of its own.
type poster struct {
	client *http.Client
	seed   maphash.Seed
	queues []postQueue
	work   sync.WaitGroup

	posted, failed, lost atomic.Int64
}

type postQueue struct {
	mu     sync.Mutex
	list   []posting
	wake   chan struct{}
	closed bool
}

func newPoster(ctx context.Context, client *http.Client, workers int) *poster {
	p := &poster{client: client, seed: maphash.MakeSeed(), queues: make([]postQueue, workers)}
	for i := range p.queues {
		q := &p.queues[i]
		q.wake = make(chan struct{}, 1)
		p.work.Go(func() { p.serve(ctx, q) })
	}
	return p
}

func (p *poster) add(c posting) {
	q := &p.queues[c.shard%uint64(len(p.queues))]
	q.mu.Lock()
	if q.closed || len(q.list) >= callbackQueue {
		q.mu.Unlock()
		p.lost.Add(1)
		return
	}
	q.list = append(q.list, c)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// serve takes what has gathered and posts it in order.
func (p *poster) serve(ctx context.Context, q *postQueue) {
	var list []posting
	for {
		select {
		case <-q.wake:
		case <-ctx.Done():
			return
		}
		q.mu.Lock()
		list, q.list = q.list, list[:0]
		q.mu.Unlock()
		for i := range list {
			if ctx.Err() != nil {
				return
			}
			p.deliver(ctx, list[i])
			list[i] = posting{}
		}
	}
}

func (p *poster) deliver(ctx context.Context, c posting) {
	began := time.Now()
	_, answer, err := p.exchange(ctx, c)
	if err != nil {
		p.failed.Add(1)
		if c.missed != nil {
			c.missed(time.Since(began))
		}
		return
	}
	p.posted.Add(1)
	if c.answered != nil {
		c.answered(answer, time.Since(began))
	}
}

// probe posts once and tells whether the answer is what the platform demands of an address at bind time.
func (p *poster) probe(ctx context.Context, url string) bool {
	kind, _, err := p.exchange(ctx, posting{url: url, contentType: "application/json", body: []byte("{}")})
	if err != nil {
		return false
	}
	kind, _, err = mime.ParseMediaType(kind)
	return err == nil && kind == "application/json"
}

// exchange posts and reads the answer; anything but status 200 within three seconds is an error.
func (p *poster) exchange(ctx context.Context, c posting) (kind string, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, callbackTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.body))
	if err != nil {
		return "", nil, err
	}
	req.Header["Content-Type"] = []string{c.contentType}
	res, err := p.client.Do(req)
	if err != nil {
		return "", nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return "", nil, err
	}
	if res.StatusCode != http.StatusOK {
		return "", nil, errBadStatus
	}
	return res.Header.Get("Content-Type"), answer, nil
}

func (p *poster) addTo(c *Counts) {
	c.CallbacksPosted += p.posted.Load()
	c.CallbacksFailed += p.failed.Load()
	c.CallbacksLost += p.lost.Load()
}

// close refuses more and waits for the workers, which end with their context.
func (p *poster) close() {
	for i := range p.queues {
		p.queues[i].mu.Lock()
		p.queues[i].closed = true
		p.queues[i].mu.Unlock()
	}
	p.work.Wait()
}
