package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/flowdesk/flowdesk/internal/cli"
)

// freePorts bounds how many ports after the one wanted are tried.
const freePorts = 50

// listen takes an address. With next it takes the next free port when that one is in use, as one wants of a demo and not of a server that
// others look for at its address.
func listen(ctx context.Context, address string, next bool) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil || !next || !errors.Is(err, syscall.EADDRINUSE) {
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("%s is in use: end what listens there, or give another address", address)
		}
		return listener, err
	}
	host, port, splitErr := net.SplitHostPort(address)
	wanted, numberErr := strconv.Atoi(port)
	if splitErr != nil || numberErr != nil {
		return nil, err
	}
	for free := wanted + 1; free <= min(wanted+freePorts, 65535); free++ {
		listener, nextErr := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(free)))
		if nextErr == nil {
			fmt.Fprintf(os.Stderr, "%s is in use; taking %s\n", address, listener.Addr())
			return listener, nil
		}
	}
	return nil, err
}

// welcome says where everything is, in the language of the terminal.
func welcome(w io.Writer, language cli.Language, http, grpc string) {
	text := "\n  Flowdesk is running: nothing to set up, nothing leaves this machine.\n\n" +
		"  Console    http://%s/simulator\n  REST       http://%s/v1   description: /openapi.json\n  gRPC       %s\n\n" +
		"  Open the console, send the first message, and watch it go through the flow. Ctrl+C ends it.\n\n"
	if language == cli.Chinese {
		text = "\n  Flowdesk 已启动：无需配置，数据不离开本机。\n\n" +
			"  控制台     http://%s/simulator\n  REST       http://%s/v1   接口描述：/openapi.json\n  gRPC       %s\n\n" +
			"  打开控制台，发送第一条消息，看它怎样走过流程。按 Ctrl+C 结束。\n\n"
	}
	_, _ = fmt.Fprintf(w, text, reachable(http), reachable(http), grpc)
}

// reachable is an address as a browser on this machine opens it.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" || strings.Trim(host, "[]:0.") == "" {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}
