package httpcall

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// anyPort in a HostRule lets every port through; 0 stands for the scheme's own port.
const anyPort = -1

// HostRule is one line of the allow list:
//
//	api.example.com        this host
//	*.example.com          every host below it, not itself
//	*                      every host name (addresses must be listed one by one)
//	203.0.113.7, [fd00::1] this address
//	...:8443, ...:*        on this port, on every port; without one, on the scheme's own
type HostRule struct {
	host   string // exact name or address; empty for a wildcard
	suffix string // ".example.com", or "." for every name
	port   int
}

// ParseHostRule reads one line of the allow list.
func ParseHostRule(text string) (HostRule, error) {
	host, port, err := splitPort(text)
	if err != nil {
		return HostRule{}, fmt.Errorf("host rule %q: %w", text, err)
	}
	if host == "*" {
		return HostRule{suffix: ".", port: port}, nil
	}
	if base, wild := strings.CutPrefix(host, "*."); wild {
		base, addr, err := normalHost(base)
		if err != nil {
			return HostRule{}, fmt.Errorf("host rule %q: %w", text, err)
		}
		if addr.IsValid() {
			return HostRule{}, fmt.Errorf("host rule %q: an address has nothing below it", text)
		}
		if suffix, _ := publicsuffix.PublicSuffix(base); suffix == base {
			return HostRule{}, fmt.Errorf("host rule %q: everybody can register a name below %s", text, base)
		}
		return HostRule{suffix: "." + base, port: port}, nil
	}
	name, _, err := normalHost(host)
	if err != nil {
		return HostRule{}, fmt.Errorf("host rule %q: %w", text, err)
	}
	return HostRule{host: name, port: port}, nil
}

// String returns the rule as ParseHostRule reads it.
func (r HostRule) String() string {
	out := r.host
	switch {
	case r.suffix == ".":
		out = "*"
	case r.suffix != "":
		out = "*" + r.suffix
	case strings.Contains(out, ":"):
		out = "[" + out + "]"
	}
	switch r.port {
	case 0:
	case anyPort:
		out += ":*"
	default:
		out += ":" + strconv.Itoa(r.port)
	}
	return out
}

// allows reports whether the rule lets a call to the normal host on port through; own is the scheme's port.
func (r HostRule) allows(host string, isAddr bool, port, own int) bool {
	switch {
	case r.port == anyPort:
	case r.port == 0 && port == own:
	case r.port == port:
	default:
		return false
	}
	switch {
	case r.host != "":
		return host == r.host
	case isAddr:
		return false
	case r.suffix == ".":
		return true
	default:
		return len(host) > len(r.suffix) && strings.HasSuffix(host, r.suffix)
	}
}

func splitPort(text string) (host string, port int, err error) {
	host, rest := text, ""
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			return "", 0, errors.New("no closing bracket")
		}
		host, rest = text[:end+1], text[end+1:]
	} else if at := strings.IndexByte(text, ':'); at >= 0 {
		host, rest = text[:at], text[at:]
	}
	if rest == "" {
		return host, 0, nil
	}
	digits, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return "", 0, errors.New("text after the bracket")
	}
	if digits == "*" {
		return host, anyPort, nil
	}
	port, err = parsePort(digits)
	return host, port, err
}

func parsePort(digits string) (int, error) {
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, errors.New("port is not a number")
		}
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || port == 0 {
		return 0, errors.New("port is not between 1 and 65535")
	}
	return int(port), nil
}

// normalHost returns the host in the one form that is compared: lower case, without the root's dot, addresses as netip
// writes them. It refuses every form that some resolver or parser reads as another host: numbers that are not four plain
// decimals, zones, escapes, letters outside ASCII (international names must be given in their xn-- form).
func normalHost(host string) (string, netip.Addr, error) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !ok || err != nil || !addr.Is6() || addr.Zone() != "" {
			return "", netip.Addr{}, errors.New("not an IPv6 address without a zone")
		}
		addr = addr.Unmap()
		return addr.String(), addr, nil
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || len(host) > 253 {
		return "", netip.Addr{}, errors.New("host is empty or too long")
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if !plainLabel(l) {
			return "", netip.Addr{}, errors.New("host has a label that is not plain ASCII letters, digits and hyphens")
		}
	}
	if numeric(labels[len(labels)-1]) {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return "", netip.Addr{}, errors.New("host is a number, but not an address of four plain decimals")
		}
		return addr.String(), addr, nil
	}
	return host, netip.Addr{}, nil
}

func plainLabel(l string) bool {
	if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
		return false
	}
	for _, c := range []byte(l) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// numeric reports whether a last label makes browsers and C libraries read the whole host as an IPv4 number.
func numeric(l string) bool {
	if hex, ok := strings.CutPrefix(l, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(l, "0123456789") == ""
}
