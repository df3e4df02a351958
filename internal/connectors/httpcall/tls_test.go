package httpcall_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
)

func TestOverTLS(t *testing.T) {
	t.Parallel()
	var plainAsked atomic.Int64
	plain := serve(t, func(http.ResponseWriter, *http.Request) { plainAsked.Add(1) })
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain, http.StatusFound)
			return
		}
		fmt.Fprint(w, r.Method)
	}))
	t.Cleanup(server.Close)
	trusting := local(t, func(c *httpcall.Config) {
		pool := x509.NewCertPool()
		pool.AddCert(server.Certificate())
		c.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	})
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		got, err := trusting.Do(t.Context(), httpcall.Call{Method: method, URL: server.URL})
		require.NoError(t, err)
		require.Equal(t, method, got.Text())
	}
	got, err := trusting.Do(t.Context(), httpcall.Call{URL: server.URL + "/down"})
	require.NoError(t, err)
	require.Equal(t, httpcall.ProblemRedirect, got.Problem, "never from https down to http")
	require.Zero(t, plainAsked.Load())

	_, err = local(t, nil).Do(t.Context(), httpcall.Call{Method: http.MethodPost, URL: server.URL})
	var failed *httpcall.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, httpcall.NotSent, failed.Outcome, "a certificate that is not trusted: nothing was asked")
	_, err = local(t, func(c *httpcall.Config) { c.PlainHTTP = false }).Do(t.Context(), httpcall.Call{URL: plain})
	require.ErrorIs(t, err, httpcall.ErrRefused)
}
