package server

import (
	"bytes"
	"sync"
)

// body is the memory for a callback's body. It is used again: callbacks come by the thousand a second.
type body struct{ bytes.Buffer }

// bodyKeeps is the size in bytes of which memory is kept; a body with an image is rare.
const bodyKeeps = 16 << 10

// bodies are bodies that are not in use.
type bodies struct{ pool sync.Pool }

func (p *bodies) take() *body {
	if b, ok := p.pool.Get().(*body); ok {
		return b
	}
	return new(body)
}

// give gives the memory back; nothing of the body may be used afterwards.
func (p *bodies) give(b *body) {
	if b.Cap() > bodyKeeps {
		return
	}
	b.Reset()
	p.pool.Put(b)
}
