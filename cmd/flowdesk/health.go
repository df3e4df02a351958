package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

type healthCommand struct {
	HTTP    string        `name:"http" default:"127.0.0.1:8080" help:"Address of REST and callbacks."`
	TLSCert string        `name:"tls-cert" help:"Certificate chain of the server, when it has one: it is then asked over TLS."`
	Live    bool          `help:"Ask only whether the process runs, not whether it can take work."`
	Timeout time.Duration `default:"2s" help:"How long the answer may take."`
}

// Run implements the command.
func (c *healthCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	host, port, err := net.SplitHostPort(c.HTTP)
	if err != nil {
		return fmt.Errorf("--http: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // an address to listen on, not one to call
	}
	address, path := "http://"+net.JoinHostPort(host, port), "/readyz"
	transport := &http.Transport{DisableKeepAlives: true}
	if c.TLSCert != "" {
		address = strings.Replace(address, "http:", "https:", 1)
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // the name in the certificate is not this machine's
	}
	if c.Live {
		path = "/healthz"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+path, nil)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(text)))
	}
	_, err = os.Stdout.Write(text)
	return err
}
