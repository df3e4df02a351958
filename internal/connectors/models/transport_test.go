package models_test

import (
	"fmt"
	"net/http"
)

// hosts sends each request to the transport of its host.
type hosts map[string]http.RoundTripper

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	t, ok := h[r.URL.Host]
	if !ok {
		return nil, fmt.Errorf("no route to %s", r.URL.Host)
	}
	return t.RoundTrip(r)
}
