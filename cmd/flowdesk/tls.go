package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificateLook is how often a certificate's file is looked at: a new one counts without a restart.
const certificateLook = 10 * time.Second

// serverTLS reads certificate and key; nil without them.
func serverTLS(certFile, keyFile string) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil //nolint:nilnil // no TLS was asked for
	}
	files := &certificateFiles{cert: certFile, key: keyFile}
	if err := files.read(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}, GetCertificate: files.get}, nil
}

// onlyHTTP2 is the same for gRPC, which speaks nothing else.
func onlyHTTP2(c *tls.Config) *tls.Config {
	c = c.Clone()
	c.NextProtos = []string{"h2"}
	return c
}

// certificateFiles are a certificate's files and what they held last.
type certificateFiles struct {
	cert, key string

	mu      sync.Mutex
	current *tls.Certificate
	changed time.Time // of the file
	looked  time.Time
}

func (f *certificateFiles) read() error {
	info, err := os.Stat(f.cert)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	f.current, f.changed, f.looked = &pair, info.ModTime(), time.Now()
	return nil
}

// get gives the present certificate. One that cannot be read leaves the last one.
func (f *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) > certificateLook {
		f.looked = time.Now()
		if info, err := os.Stat(f.cert); err == nil && !info.ModTime().Equal(f.changed) {
			if err := f.read(); err != nil {
				slog.Error("read the certificate again", "error", err)
			}
		}
	}
	return f.current, nil
}
