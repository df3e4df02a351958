package rig

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// spreader passes what the platform reports on to the servers in turn, as what stands before several servers does.
type spreader struct {
	server  *http.Server
	address string
	turn    atomic.Int64
	idle    *http.Transport
}

// spreadWait is how long a server may take for a report; the platform gives up after 3 s.
const spreadWait = 5 * time.Second

func newSpreader(ctx context.Context, r *Rig) (*spreader, error) {
	s := &spreader{idle: &http.Transport{MaxIdleConnsPerHost: 64, ResponseHeaderTimeout: spreadWait}}
	proxy := &httputil.ReverseProxy{
		Transport: s.idle,
		Rewrite: func(request *httputil.ProxyRequest) {
			servers := r.from(int(s.turn.Add(1)))
			if len(servers) == 0 {
				servers = r.Servers
			}
			for _, server := range servers { // one that is dead refuses connections, and is passed over from then on
				request.SetURL(&url.URL{Scheme: "http", Host: server.HTTP})
				if server.Running() {
					break
				}
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	var err error
	s.server, s.address, err = serve(ctx, proxy)
	return s, err
}

func (s *spreader) close() {
	_ = s.server.Close()
	s.idle.CloseIdleConnections()
}
