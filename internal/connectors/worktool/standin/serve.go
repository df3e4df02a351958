package standin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve runs a Sim on an address until the context ends. It calls ready, if given, with the address it listens on.
func Serve(ctx context.Context, address string, o Options, ready func(net.Addr)) error {
	sim, err := New(ctx, o)
	if err != nil {
		return fmt.Errorf("make the robot stand-in: %w", err)
	}
	defer sim.Close()
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the robot stand-in: %w", err)
	}
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // ends Serve, whose error is what counts
	defer stop()
	if ready != nil {
		ready(listener.Addr())
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the robot stand-in: %w", err)
	}
	return nil
}
