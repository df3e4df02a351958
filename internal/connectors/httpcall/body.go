package httpcall

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"
)

// readBody reads at most limit bytes, decompressed, as UTF-8.
func readBody(resp *http.Response, limit int64) ([]byte, Problem) {
	var from io.Reader = resp.Body
	switch strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))) {
	case "", "identity":
	case "gzip", "x-gzip": // not asked for, but some send it all the same
		// The compressed side is bounded too: empty gzip members can go on for ever without a byte coming out.
		zipped, err := gzip.NewReader(io.LimitReader(resp.Body, limit))
		if err != nil {
			return nil, ProblemEncoding
		}
		from = zipped
	default:
		return nil, ProblemEncoding
	}
	body, err := readUpTo(from, limit)
	problem := ProblemNone
	switch {
	case errors.Is(err, errTooLong):
		problem = ProblemTooLong
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return nil, ProblemEncoding
	case err != nil:
		problem = ProblemCut
	}
	text, ok := toUTF8(body, resp.Header.Get("Content-Type"), limit)
	if !ok {
		return nil, ProblemEncoding
	}
	if int64(len(text)) > limit {
		text, problem = text[:limit], ProblemTooLong
	}
	if problem != ProblemNone { // the end may fall within a character
		text = text[:len(text)-brokenTail(text)]
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD")), problem
}

var errTooLong = errors.New("body is longer than the bound")

// readUpTo reads from r to its end or to limit. The buffer doubles up to the limit and never beyond, so that reading holds
// at most one and a half times the limit.
func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	buf := make([]byte, 0, min(limit, 4<<10))
	for {
		if len(buf) == cap(buf) {
			if int64(len(buf)) >= limit {
				var one [1]byte
				if n, err := io.ReadFull(r, one[:]); n > 0 {
					return buf, errTooLong
				} else if !errors.Is(err, io.EOF) {
					return buf, err
				}
				return buf, nil
			}
			grown := make([]byte, len(buf), min(limit, int64(cap(buf))*2))
			copy(grown, buf)
			buf = grown
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

// toUTF8 translates a body whose Content-Type names another character set; GBK is still met.
func toUTF8(body []byte, contentType string, limit int64) ([]byte, bool) {
	_, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	if err != nil || charset == "" || charset == "utf-8" || charset == "utf8" || charset == "us-ascii" {
		return body, true
	}
	enc, err := htmlindex.Get(charset)
	if err != nil {
		return body, utf8.Valid(body)
	}
	out, err := io.ReadAll(io.LimitReader(transform.NewReader(bytes.NewReader(body), enc.NewDecoder()), limit+1))
	return out, err == nil
}

// brokenTail is how many bytes at the end begin a character without finishing it.
func brokenTail(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
