package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

const notThisMachine = "access is open, and for this machine only: use localhost or a loopback address"

// ownHost refuses requests that name another host than this machine. Where nobody is asked who they are, a page elsewhere could else have its
// own name resolve to this machine: to the browser its requests would then come from the same origin, with all answers to read.
func ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != healthPath && r.URL.Path != readyPath && !isLoopback(r.Host) { // these tell nothing, and are asked for by address
			said := notThisMachine
			if zh, known := inChinese().message(said); known && asksForChinese(r.Header.Get("Accept-Language")) {
				said = zh
			}
			writeText(w, http.StatusMisdirectedRequest, said+"\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback reports whether a Host header names this machine by a name or address that no resolver is asked for.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // browsers resolve both themselves
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
