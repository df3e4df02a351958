package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// again connects and works until the fabric ends.
func (f *Fabric) again(ctx context.Context, work func(context.Context, *pgx.Conn) error) {
	for pause := retryFirst; ctx.Err() == nil; pause = min(2*pause, retryMost) {
		began := time.Now()
		if err := f.once(ctx, work); err != nil && ctx.Err() == nil {
			f.log.Warn("hints between replicas", "error", err)
		}
		if time.Since(began) > retryMost {
			pause = retryFirst
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func (f *Fabric) once(ctx context.Context, work func(context.Context, *pgx.Conn) error) error {
	connecting, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	conn, err := pgx.ConnectConfig(connecting, f.config)
	if err != nil {
		return errors.New("the database does not answer") // the driver's error may name addresses
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWithin)
		defer cancel()
		_ = conn.Close(closing) // a server that is gone is no trouble any more
	}()
	return work(ctx, conn)
}

// listen hears until the connection breaks.
func (f *Fabric) listen(ctx context.Context, conn *pgx.Conn) error {
	schema, err := f.schemaOf(ctx, conn)
	if err != nil {
		f.note(err)
		return err
	}
	for _, name := range []string{channel(schema, ""), channel(schema, f.name)} {
		if _, err := conn.Exec(ctx, "LISTEN "+name); err != nil {
			f.note(err)
			return err
		}
	}
	f.connected.Store(true)
	defer f.connected.Store(false)
	f.hear("", nil) // what was sent before was not heard
	for {
		waiting, cancel := context.WithTimeout(ctx, lookEvery)
		n, err := conn.WaitForNotification(waiting)
		silent := waiting.Err() != nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && silent:
			if err := f.alive(ctx, conn); err != nil {
				f.note(err)
				return err
			}
		case err != nil:
			f.note(err)
			return err
		default:
			f.take(n.Payload)
		}
	}
}

// alive finds out whether a silent connection still has a server.
func (f *Fabric) alive(ctx context.Context, conn *pgx.Conn) error {
	asking, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	return conn.Ping(asking)
}

func (f *Fabric) note(err error) {
	detail := "the connection to the database was lost"
	if errors.Is(err, context.DeadlineExceeded) {
		detail = "the database does not answer"
	}
	f.trouble.Store(&detail)
}

// take hears a payload. Anybody may send on the channel.
func (f *Fabric) take(payload string) {
	sender, subject, message, err := decode(payload)
	if err != nil || sender == f.name {
		return
	}
	f.received.Add(1)
	f.hear(subject, message)
}

// send sends what waits until the connection breaks.
func (f *Fabric) send(ctx context.Context, conn *pgx.Conn) error {
	schema, err := f.schemaOf(ctx, conn)
	if err != nil {
		return err
	}
	for {
		var first hint
		select {
		case <-ctx.Done():
			return nil
		case first = <-f.waiting:
		}
		batch := f.gather(first)
		if err := f.notify(ctx, conn, schema, batch); err != nil {
			f.dropped.Add(int64(len(batch)))
			return err
		}
		f.sent.Add(int64(len(batch)))
	}
}

// gather takes what waits, as much as one round trip carries. Of several hints that say nothing but their subject one is enough.
func (f *Fabric) gather(first hint) []hint {
	batch := []hint{first}
	type bare struct {
		replica string
		subject fabric.Subject
	}
	said := map[bare]bool{}
	if len(first.message) == 0 {
		said[bare{first.replica, first.subject}] = true
	}
	for len(batch) < maxBatch {
		select {
		case h := <-f.waiting:
			if key := (bare{h.replica, h.subject}); len(h.message) == 0 {
				if said[key] {
					continue
				}
				said[key] = true
			}
			batch = append(batch, h)
		default:
			return batch
		}
	}
	return batch
}

// notify sends hints in one round trip and one transaction, which writes nothing: no commit waits for it at the disk.
func (f *Fabric) notify(ctx context.Context, conn *pgx.Conn, schema string, batch []hint) error {
	channels, payloads := make([]string, len(batch)), make([]string, len(batch))
	for i, h := range batch {
		channels[i], payloads[i] = channel(schema, h.replica), encode(f.name, f.number.Add(1), h.subject, h.message)
	}
	sending, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	_, err := conn.Exec(sending, "SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS h(c, p, n) ORDER BY n", channels, payloads)
	return err
}

// schemaOf is the schema whose replicas talk to each other.
func (f *Fabric) schemaOf(ctx context.Context, conn *pgx.Conn) (string, error) {
	f.mu.Lock()
	schema := f.schema
	f.mu.Unlock()
	if schema != "" {
		return schema, nil
	}
	asking, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	if err := conn.QueryRow(asking, "SELECT current_schema()").Scan(&schema); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.schema = schema
	return schema, nil
}
