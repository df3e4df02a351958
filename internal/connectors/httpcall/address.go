package httpcall

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

const maxURL = 8 << 10

// parseAddress reads raw and judges it against the allow list. What it returns is written anew from the parts judged, so
// that no later parser can see another host in it.
func (p *Performer) parseAddress(raw string) (*url.URL, error) {
	if len(raw) > maxURL {
		return nil, errors.New("address is too long")
	}
	for _, c := range raw {
		if c <= ' ' || c == 0x7f || c == '\\' {
			return nil, errors.New("address has a blank, control or backslash character")
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("address cannot be read") // the parser's error would repeat the address
	}
	return p.judge(u)
}

func (p *Performer) judge(u *url.URL) (*url.URL, error) {
	var own int
	switch u.Scheme {
	case "https":
		own = 443
	case "http":
		if !p.cfg.PlainHTTP {
			return nil, errors.New("plain http is not allowed")
		}
		own = 80
	default:
		return nil, errors.New("scheme is neither https nor http")
	}
	if u.Opaque != "" || u.User != nil {
		return nil, errors.New("address has a user or no slashes")
	}
	given := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		given = "[" + given + "]"
	}
	host, addr, err := normalHost(given)
	if err != nil {
		return nil, err
	}
	port := own
	if digits := u.Port(); digits != "" {
		if port, err = parsePort(digits); err != nil {
			return nil, err
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return nil, errors.New("address has a colon without a port")
	}
	if !p.allowed(host, addr.IsValid(), port, own) {
		return nil, fmt.Errorf("host %s port %d is not on the allow list", host, port)
	}
	out := *u
	out.Fragment, out.RawFragment = "", ""
	out.Host = host
	if addr.Is6() {
		out.Host = "[" + host + "]"
	}
	if port != own {
		out.Host = fmt.Sprintf("%s:%d", out.Host, port)
	}
	return &out, nil
}

func (p *Performer) allowed(host string, isAddr bool, port, own int) bool {
	for _, r := range p.rules {
		if r.allows(host, isAddr, port, own) {
			return true
		}
	}
	return false
}

// origin is what an error may say of an address.
func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }
