//go:build faults

package failpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// Variables of the environment.
const (
	// Variable sets failpoints at the start.
	Variable = "FLOWDESK_FAILPOINTS"
	// ControlVariable is a loopback address on which they are set while the program runs.
	ControlVariable = "FLOWDESK_FAILPOINTS_CONTROL"
)

func init() { //nolint:gochecknoinits // a failpoint may be passed before main
	if err := begin(os.Getenv(Variable), os.Getenv(ControlVariable)); err != nil {
		slog.Error("failpoints", "error", err)
		os.Exit(2)
	}
}

func begin(set, control string) error {
	if err := SetAll(set); err != nil {
		return fmt.Errorf("%s: %w", Variable, err)
	}
	if control == "" {
		return nil
	}
	listener, err := listen(control)
	if err != nil {
		return fmt.Errorf("%s: %w", ControlVariable, err)
	}
	server := &http.Server{Handler: Handler(), ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	return nil
}

var errNotLoopback = errors.New("failpoints are controlled from this machine alone: the address must be a loopback one")

func listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, errNotLoopback
	}
	return net.Listen("tcp", address) //nolint:noctx // for as long as the process lives
}

// Handler sets failpoints over HTTP: PUT /NAME with an action, DELETE / to clear all, GET / for how often each was passed.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /{name}", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<10))
		if err == nil {
			err = Set(Name(r.PathValue("name")), string(body))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	})
	mux.HandleFunc("DELETE /{$}", func(http.ResponseWriter, *http.Request) { Clear() })
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(Passes())
	})
	return mux
}
