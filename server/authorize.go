package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/internal/access"
)

// callerOf is who makes the request.
func callerOf(ctx context.Context) *access.Caller {
	if c, ok := ctx.Value(actorKey).(*access.Caller); ok {
		return c
	}
	return access.Everybody()
}

// actor is who makes the request, as events, versions and audit records name the person or machine.
func actor(ctx context.Context) string { return callerOf(ctx).Name }

// caller finds out who makes a request for a method, and refuses who may not.
func (s *Server) caller(ctx context.Context, method string) (context.Context, error) {
	if !s.deps.Closed {
		return ctx, nil
	}
	c, err := authorized(ctx, s.deps.Guard, credentials(ctx), method)
	if c != nil {
		requestOf(ctx).caller = c.Name
	}
	if err != nil {
		return nil, err
	}
	if c == nil {
		return ctx, nil
	}
	return context.WithValue(ctx, actorKey, c), nil
}

// authorized gives who calls a method with these credentials, nil for nobody where nobody is asked. With ErrDenied it gives who was denied.
func authorized(ctx context.Context, guard *access.Guard, given access.Credentials, method string) (*access.Caller, error) {
	c, err := guard.Caller(ctx, given)
	if access.Rules()[method].Public {
		if err != nil { // what is public does not ask for the store
			return nil, nil //nolint:nilnil,nilerr // nobody in particular
		}
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	if !c.May(method) {
		return c, fmt.Errorf("%w: %s as %s", access.ErrDenied, access.ShortMethod(method), strings.ToLower(strings.TrimPrefix(c.Role.String(), "ACCESS_ROLE_")))
	}
	return c, nil
}

// Names of the session's cookie. The prefix __Host- lets a browser take it only over TLS, for this host alone.
const (
	plainCookie  = "flowdesk_session"
	secureCookie = "__Host-flowdesk_session"
)

func (s *Server) cookieName() string {
	if s.deps.SecureCookies {
		return secureCookie
	}
	return plainCookie
}

// credentials are those that a gRPC request brings.
func credentials(ctx context.Context) access.Credentials {
	md, _ := metadata.FromIncomingContext(ctx)
	header := http.Header{"Authorization": md.Get("authorization"), "Cookie": md.Get("cookie")}
	return headerCredentials(header)
}

func headerCredentials(header http.Header) access.Credentials {
	var c access.Credentials
	for _, value := range header["Authorization"] {
		if scheme, rest, ok := strings.Cut(value, " "); ok && strings.EqualFold(scheme, "bearer") {
			c.Bearer = strings.TrimSpace(rest)
		}
	}
	for _, name := range []string{secureCookie, plainCookie} {
		if cookie, err := (&http.Request{Header: header}).Cookie(name); err == nil && c.Cookie == "" {
			c.Cookie = cookie.Value
		}
	}
	return c
}

// address is where a request comes from. The gateway in this process says it in a header that counts only from there.
func (s *Server) address(ctx context.Context) string {
	from, ok := peer.FromContext(ctx)
	if !ok || from.Addr == nil {
		return ""
	}
	md, _ := metadata.FromIncomingContext(ctx)
	hops := strings.Split(strings.Join(md.Get("x-forwarded-for"), ","), ",")
	last := len(hops) - 1
	host := from.Addr.String()
	if inside, _, err := net.SplitHostPort(host); err == nil {
		host = inside
	}
	if from.Addr.Network() == "bufconn" {
		host, last = strings.TrimSpace(hops[last]), last-1
	}
	if s.deps.BehindProxy && last >= 0 && strings.TrimSpace(hops[last]) != "" {
		host = strings.TrimSpace(hops[last])
	}
	return host
}

func (s *Server) callerUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	ctx, err := s.caller(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return handle(ctx, request)
}

// callerStream refuses who may not, and ends the stream of somebody whose rights end while it runs.
func (s *Server) callerStream(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	ctx, err := s.caller(stream.Context(), info.FullMethod)
	if err != nil {
		return err
	}
	c := callerOf(ctx)
	if c.Open {
		return handle(server, &streamWith{ServerStream: stream, ctx: ctx})
	}
	leave, err := s.watchers.enter(c.Name)
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go s.recheck(ctx, cancel, c, info.FullMethod)
	err = handle(server, &scopedStream{streamWith: streamWith{ServerStream: stream, ctx: ctx}, server: s, caller: c, rule: access.Rules()[info.FullMethod]})
	if cause := context.Cause(ctx); errors.Is(cause, access.ErrUnauthenticated) || errors.Is(cause, access.ErrDenied) {
		return cause
	}
	return err
}

// recheck asks again and again whether the caller of a stream may still have it.
func (s *Server) recheck(ctx context.Context, end context.CancelCauseFunc, c *access.Caller, method string) {
	ticks := time.NewTicker(access.Fresh / 2)
	defer ticks.Stop()
	given := credentials(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		now, err := authorized(ctx, s.deps.Guard, given, method)
		switch {
		case errors.Is(err, access.ErrUnauthenticated), errors.Is(err, access.ErrDenied):
			end(err)
		case err == nil && !slices.Equal(now.Groups, c.Groups):
			end(access.ErrDenied)
		}
	}
}

// scopeUnary keeps a caller that has groups to them.
func (s *Server) scopeUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	c, rule := callerOf(ctx), access.Rules()[info.FullMethod]
	if len(c.Groups) == 0 || rule.Public {
		return handle(ctx, request)
	}
	if err := s.inScope(ctx, c, rule, request); err != nil {
		return nil, err
	}
	answer, err := handle(ctx, request)
	if m, ok := answer.(proto.Message); ok && err == nil && rule.Filtered() && !c.Filter(m) {
		return nil, access.ErrDenied
	}
	return answer, err
}

// inScope refuses a request that is about what its caller does not reach.
func (s *Server) inScope(ctx context.Context, c *access.Caller, rule access.Rule, request any) error {
	m, ok := request.(proto.Message)
	if len(c.Groups) == 0 || !ok {
		return nil
	}
	names, ok := rule.Named(m)
	if !ok {
		return fmt.Errorf("%w: name a group that you reach", access.ErrDenied)
	}
	for _, name := range names {
		groups, err := s.groupsNamed(ctx, name)
		if err != nil {
			return err
		}
		for _, group := range groups {
			if !c.Reaches(group) {
				return fmt.Errorf("%w: %s is out of your reach", access.ErrDenied, name)
			}
		}
	}
	return nil
}

// groupsNamed are the groups that a name is about: the id of a group, or a resource name.
func (s *Server) groupsNamed(ctx context.Context, name string) ([]string, error) {
	collection, _, _ := strings.Cut(name, "/")
	if collection == name || collection == "sessions" || collection == "groups" {
		return []string{id(name)}, nil
	}
	thing, err := s.stored(ctx, name)
	if err != nil {
		return nil, err
	}
	groups := access.GroupsOf(thing)
	if len(groups) == 0 {
		return nil, access.ErrDenied
	}
	return groups, nil
}

// scopedStream keeps a stream to its caller's groups.
type scopedStream struct {
	streamWith

	server *Server
	caller *access.Caller
	rule   access.Rule
}

// RecvMsg implements grpc.ServerStream.
func (s *scopedStream) RecvMsg(message any) error {
	if err := s.streamWith.RecvMsg(message); err != nil {
		return err
	}
	return s.server.inScope(s.ctx, s.caller, s.rule, message)
}

// SendMsg implements grpc.ServerStream. What the caller does not reach is passed over.
func (s *scopedStream) SendMsg(message any) error {
	if m, ok := message.(proto.Message); ok && s.rule.Filtered() && len(s.caller.Groups) > 0 {
		m = proto.Clone(m) // it may be shared
		if !s.caller.Filter(m) {
			return nil
		}
		message = m
	}
	return s.ServerStream.SendMsg(message)
}
