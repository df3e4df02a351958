package httpcall

import (
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	maxHeaders     = 40
	maxHeaderBytes = 16 << 10
	maxKeptValue   = 1 << 10
)

// forbidden lists the headers that a flow may not set: those that frame the message, name the host or the way it came, and
// those that open metadata services.
//

var forbidden = map[string]bool{
	"Host": true, "Content-Length": true, "Transfer-Encoding": true, "Te": true, "Trailer": true, "Connection": true,
	"Keep-Alive": true, "Upgrade": true, "Expect": true, "Accept-Encoding": true, "Forwarded": true, "Via": true,
	"X-Real-Ip": true, "Metadata": true, "Metadata-Flavor": true, "Http2-Settings": true, "Cookie2": true,
}

var forbiddenPrefixes = []string{"Proxy-", "X-Forwarded-", "X-Aws-Ec2-Metadata-", "X-Google-Metadata", "Sec-"}

// keptHeaders are the headers of an answer that a flow may see.
//

var keptHeaders = []string{"Content-Type", "Date", "Etag", "Last-Modified", "Location", "Retry-After", "X-Request-Id", "X-Total-Count"}

func (p *Performer) setHeaders(h http.Header, call Call) error {
	size := 0
	add := func(name, value string) error {
		canonical := http.CanonicalHeaderKey(name)
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return fmt.Errorf("header %q has a name or value that is not valid", name)
		}
		if forbidden[canonical] {
			return fmt.Errorf("header %s may not be set", canonical)
		}
		for _, prefix := range forbiddenPrefixes {
			if strings.HasPrefix(canonical, prefix) {
				return fmt.Errorf("header %s may not be set", canonical)
			}
		}
		if size += len(name) + len(value); size > maxHeaderBytes {
			return fmt.Errorf("headers are longer than %d bytes", maxHeaderBytes)
		}
		h.Add(canonical, value)
		return nil
	}
	if n := len(call.Headers) + len(call.Secrets); n > maxHeaders {
		return fmt.Errorf("%d headers, at most %d are sent", n, maxHeaders)
	}
	for _, x := range call.Headers {
		if err := add(x.Name, x.Value); err != nil {
			return err
		}
	}
	for _, x := range call.Secrets {
		if err := add(x.Name, x.Value.Reveal()); err != nil {
			return err
		}
	}
	if call.IdempotencyKey != "" {
		if err := add("Idempotency-Key", call.IdempotencyKey); err != nil {
			return err
		}
	}
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", p.cfg.UserAgent)
	}
	h.Set("Accept-Encoding", "identity")
	return nil
}

// elsewhere returns what of the headers may follow a redirect to another origin: nothing that could be a key.
func elsewhere(h http.Header) http.Header {
	out := http.Header{}
	for _, name := range []string{"Accept", "Accept-Language", "User-Agent", "Accept-Encoding"} {
		if v := h.Values(name); len(v) > 0 {
			out[name] = v
		}
	}
	return out
}

func keep(h http.Header) []Header {
	var out []Header
	for _, name := range keptHeaders {
		if v := h.Get(name); v != "" {
			out = append(out, Header{name, strings.ToValidUTF8(v[:min(len(v), maxKeptValue)], "\uFFFD")})
		}
	}
	return out
}
