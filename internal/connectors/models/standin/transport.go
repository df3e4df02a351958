package standin

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// Transport returns a way to the stand-in without a socket, so that tests can run under virtual time. It keeps what the
// wire does: an answer's head comes before its body, an aborted answer is cut, a cancelled call ends at once.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ h http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	reader, writer := io.Pipe()
	w := &pipeWriter{head: make(chan struct{}), header: http.Header{}, body: writer}
	served := r.Clone(ctx)
	go func() {
		defer func() {
			err := error(nil)
			if recover() != nil {
				err = io.ErrUnexpectedEOF
			}
			aborted := w.finish(err)
			_ = writer.CloseWithError(aborted)
		}()
		t.h.ServeHTTP(w, served)
	}()
	stop := context.AfterFunc(ctx, func() { _ = reader.CloseWithError(context.Cause(ctx)) })
	select {
	case <-w.head:
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
	if w.failed != nil {
		cancel()
		return nil, w.failed
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: body{reader, func() { stop(); cancel() }}, ContentLength: -1, Request: r,
	}, nil
}

type body struct {
	*io.PipeReader
	done func()
}

func (b body) Close() error {
	err := b.PipeReader.Close()
	b.done()
	return err
}

type pipeWriter struct {
	once   sync.Once
	head   chan struct{} // closed when status, sent and failed are final
	header http.Header
	body   *io.PipeWriter
	status int
	sent   http.Header
	failed error
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.head)
	})
}

func (w *pipeWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *pipeWriter) Flush() {}

// finish ends the answer; one that was aborted before its head is no answer at all.
func (w *pipeWriter) finish(err error) error {
	w.once.Do(func() {
		w.status, w.sent, w.failed = http.StatusOK, w.header.Clone(), err
		close(w.head)
	})
	return err
}
