package dial

import "net/netip"

// Public reports whether addr is a public unicast address: none of the special-purpose blocks that IANA lists, and for
// IPv6 inside 2000::/3, outside of which nothing is assigned for public use. The blocks that carry an IPv4 address inside
// (6to4, Teredo, NAT64) are not public either, because the carried address could be an inside one.
func Public(addr netip.Addr) bool {
	addr = addr.Unmap()
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	blocks := special4
	if addr.Is6() {
		if !global6.Contains(addr) {
			return false
		}
		blocks = special6
	}
	for _, b := range blocks {
		if b.Contains(addr) {
			return false
		}
	}
	return true
}

//nolint:gochecknoglobals // constants that Go cannot declare as such
var (
	global6  = netip.MustParsePrefix("2000::/3")
	special4 = prefixes(
		"0.0.0.0/8",       // this network; 0.0.0.0 reaches the host itself
		"10.0.0.0/8",      // private
		"100.64.0.0/10",   // carrier-grade NAT, cloud metadata of some vendors
		"127.0.0.0/8",     // loopback
		"169.254.0.0/16",  // link local, cloud metadata
		"172.16.0.0/12",   // private
		"192.0.0.0/24",    // protocol assignments
		"192.0.2.0/24",    // documentation
		"192.31.196.0/24", // AS112
		"192.52.193.0/24", // AMT
		"192.88.99.0/24",  // 6to4 relays
		"192.168.0.0/16",  // private
		"192.175.48.0/24", // AS112
		"198.18.0.0/15",   // benchmarks
		"198.51.100.0/24", // documentation
		"203.0.113.0/24",  // documentation
		"224.0.0.0/4",     // multicast
		"240.0.0.0/4",     // reserved, broadcast
	)
	special6 = prefixes(
		"2001::/23",     // protocol assignments, Teredo among them
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4
		"2620:4f:8000::/48",
		"3fff::/20", // documentation
		"5f00::/16", // segment routing
	)
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}
