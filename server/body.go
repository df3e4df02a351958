package server

import (
	"bytes"
	"sync"
)

// body is the memory for a callback's body. It is used again: callbacks come by the thousand a second.
type body struct{ bytes.Buffer }

// bodyKeeps is the size in bytes of which memory is kept; a body with an image is rare.
const bodyKeeps = 16 << 10

var bodies = sync.Pool{New: func() any { return new(body) }}

func newBody() *body {
	b, _ := bodies.Get().(*body)
	return b
}

// free gives the memory back; nothing of the body may be used afterwards.
func (b *body) free() {
	if b.Cap() > bodyKeeps {
		return
	}
	b.Reset()
	bodies.Put(b)
}
