package server

import "io"

// Envelopes is the reader that follows the lengths in a body.
func Envelopes(body io.ReadCloser) io.Reader { return &envelopes{ReadCloser: body} }

// Bounds of watches.
const (
	MostWatchesByREST   = mostWatchesByREST
	MostWatchesOfCaller = mostWatchesOfCaller
)
