package worktool

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// guardBody lets the guard of the request's context decide when its body is read: there is a connection then, and the headers wait in its buffer.
// Without a whole body the platform takes nothing.
func guardBody(req *http.Request, body []byte) {
	ctx := req.Context()
	req.Body = &guardedBody{Reader: bytes.NewReader(body), ctx: ctx}
	req.GetBody = func() (io.ReadCloser, error) { return &guardedBody{Reader: bytes.NewReader(body), ctx: ctx}, nil }
}

type guardedBody struct {
	*bytes.Reader
	ctx   context.Context //nolint:containedctx // the request's own
	asked bool
}

// Read implements io.Reader.
func (b *guardedBody) Read(p []byte) (int, error) {
	if !b.asked {
		if err := robots.Guarded(b.ctx); err != nil {
			return 0, err
		}
		b.asked = true
	}
	return b.Reader.Read(p)
}

// WriteTo implements io.WriterTo: the reader's own would pass the guard by.
func (b *guardedBody) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, struct{ io.Reader }{b})
}

// Close implements io.Closer.
func (*guardedBody) Close() error { return nil }
