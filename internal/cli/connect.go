package cli

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

const (
	requestIDHeader = "x-request-id"
	// slow is after how long a person is told that the server has not answered yet.
	slow = 2 * time.Second
	// largest answer that is taken: a flow of 2,000 nodes with its layout and findings fits several times.
	maxAnswer = 64 << 20
)

// conn is the connection to the server. It is made on first use; a server that is away is noticed by the first request.
func (sh *Shell) conn() (*grpc.ClientConn, error) {
	if sh.connection != nil {
		return sh.connection, nil
	}
	address, secure := sh.address()
	transport := insecure.NewCredentials()
	if secure {
		transport = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	} else if sh.token() != "" && !loopback(address) {
		return nil, sh.usage("the token would cross the network in the open to %s: write https:// in front of the address", address)
	}
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport), grpc.WithUnaryInterceptor(sh.unary), grpc.WithStreamInterceptor(sh.stream),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer)), grpc.WithUserAgent("flowdesk-cli"),
	}
	if sh.sys.Dial != nil {
		options = append(options, grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return sh.sys.Dial(ctx, "tcp", address)
		}))
		address = "passthrough:///" + address
	}
	connection, err := grpc.NewClient(address, options...)
	if err != nil {
		return nil, sh.usage("%s is no address of a server: %s", sh.server(), err)
	}
	sh.connection = connection
	return connection, nil
}

// address takes the server's setting apart.
func (sh *Shell) address() (address string, secure bool) {
	address, secure = strings.CutPrefix(sh.server(), "https://")
	address = strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/")
	if _, _, err := net.SplitHostPort(address); err != nil && secure {
		address = net.JoinHostPort(address, "443")
	}
	return address, secure
}

// loopback reports whether an address is of this machine only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// outgoing adds who asks, and the id under which the request is found.
func (sh *Shell) outgoing(ctx context.Context) (with context.Context, id string) {
	id = sh.sys.RequestID()
	pairs := []string{requestIDHeader, id, "accept-language", string(sh.Language)}
	if token := sh.token(); token != "" {
		pairs = append(pairs, "authorization", "Bearer "+token)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...), id
}

func (sh *Shell) unary(ctx context.Context, method string, request, answer any, c *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	ctx, id := sh.outgoing(ctx)
	bounded, cancel := context.WithTimeout(ctx, sh.remote.Timeout)
	defer cancel()
	waiting := sh.progressAfter(slow, "waiting for %s", sh.server())
	err := invoke(bounded, method, request, answer, c, options...)
	waiting.end()
	return sh.fromServer(err, id, request)
}

func (sh *Shell) stream(ctx context.Context, description *grpc.StreamDesc, c *grpc.ClientConn, method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, id := sh.outgoing(ctx)
	stream, err := open(ctx, description, c, method, options...)
	if err != nil {
		return nil, sh.fromServer(err, id, nil)
	}
	return &namedStream{ClientStream: stream, shell: sh, id: id}, nil
}

// namedStream adds the request's id to its errors.
type namedStream struct {
	grpc.ClientStream

	shell *Shell
	id    string
}

// RecvMsg implements grpc.ClientStream.
func (s *namedStream) RecvMsg(into any) error {
	return s.shell.fromServer(s.ClientStream.RecvMsg(into), s.id, nil)
}
