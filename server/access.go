package server

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

type accessService struct {
	flowdeskv1.UnimplementedAccessServiceServer
	*Server
}

var userFields = []protoreflect.Name{"title", "role", "groups", "disabled", "person"}

// setCookie tells the browser its session; an empty token ends it. Scripts cannot read the cookie, and no other site can have it sent.
func (s *accessService) setCookie(ctx context.Context, token string) error {
	cookie := &http.Cookie{ //nolint:gosec // Secure where browsers come over TLS; without it serve is on loopback only
		Name: s.cookieName(), Value: token, Path: "/", HttpOnly: true, Secure: s.deps.SecureCookies, SameSite: http.SameSiteStrictMode,
		MaxAge: int(access.SessionLength / time.Second), // not a time: the browser's clock may be wrong
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	return grpc.SetHeader(ctx, metadata.Pairs("set-cookie", cookie.String()))
}

func (s *accessService) CreateOwner(ctx context.Context, r *flowdeskv1.CreateOwnerRequest) (*flowdeskv1.CreateOwnerResponse, error) {
	now := engine.Timestamp(s.deps.Runner.Now())
	err := s.deps.Guard.CreateOwner(ctx, r.GetToken(), &flowdeskv1.User{
		Name: "users/" + r.GetUserId(), Title: r.GetTitle(), Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, CreateTime: now, UpdateTime: now,
	}, r.GetPassword())
	if errors.Is(err, storage.ErrNotFound) {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the link has expired or was used; the server prints another when it starts with --new-owner")
	} else if err != nil {
		return nil, err
	}
	token, expire, err := s.deps.Guard.Open(ctx, r.GetUserId())
	if err != nil {
		return nil, err
	}
	user, err := s.deps.Store.GetUser(ctx, r.GetUserId())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CreateOwnerResponse{User: user.User, ExpireTime: timestamppb.New(expire)}, s.setCookie(ctx, token)
}

func (s *accessService) SignIn(ctx context.Context, r *flowdeskv1.SignInRequest) (*flowdeskv1.SignInResponse, error) {
	user, token, expire, err := s.deps.Guard.SignIn(ctx, r.GetUserId(), r.GetPassword(), s.address(ctx))
	if err != nil {
		if errors.Is(err, access.ErrWrong) { // one that was only slowed down is told of as any other refusal, since there may be a flood of them
			s.deps.Log.Warn("sign-in refused", slog.String("user", r.GetUserId()), slog.String("address", s.address(ctx)), slog.String("request", requestOf(ctx).id), slog.String("error", err.Error()))
		}
		return nil, err
	}
	record := s.auditRecord(ctx, flowdeskv1.AccessService_SignIn_FullMethodName)
	record.Actor, record.Role, record.Resource = user.GetName(), user.GetRole(), user.GetName()
	if err := s.deps.Store.BeginAudit(ctx, record); err != nil {
		return nil, err
	}
	s.endAudit(ctx, record, nil)
	return &flowdeskv1.SignInResponse{User: user, ExpireTime: timestamppb.New(expire)}, s.setCookie(ctx, token)
}

func (s *accessService) SignOut(ctx context.Context, _ *flowdeskv1.SignOutRequest) (*flowdeskv1.SignOutResponse, error) {
	if session := callerOf(ctx).Session(); session != "" {
		if err := s.deps.Store.DeleteSignIn(ctx, session); err != nil {
			return nil, err
		}
		s.deps.Guard.Forget()
	}
	return &flowdeskv1.SignOutResponse{}, s.setCookie(ctx, "")
}

func (s *accessService) WhoAmI(ctx context.Context, _ *flowdeskv1.WhoAmIRequest) (*flowdeskv1.WhoAmIResponse, error) {
	c := callerOf(ctx)
	answer := &flowdeskv1.WhoAmIResponse{Name: c.Name, Title: c.Title, Role: c.Role, Groups: c.Groups, Open: c.Open}
	for method, rule := range access.Rules() {
		if !rule.Public && c.May(method) {
			answer.Methods = append(answer.Methods, access.ShortMethod(method))
		}
	}
	slices.Sort(answer.GetMethods())
	return answer, nil
}

func (s *accessService) ChangePassword(ctx context.Context, r *flowdeskv1.ChangePasswordRequest) (*flowdeskv1.ChangePasswordResponse, error) {
	c := callerOf(ctx)
	if !c.Person() {
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "only a user who signed in has a password")
	}
	record, err := s.deps.Store.GetUser(ctx, c.ID())
	if err != nil {
		return nil, err
	}
	if err := s.deps.Guard.Is(ctx, record, r.GetOldPassword()); err != nil {
		return nil, err
	}
	return &flowdeskv1.ChangePasswordResponse{}, s.setPassword(ctx, record, r.GetNewPassword(), c.Session())
}

func (s *accessService) ResetPassword(ctx context.Context, r *flowdeskv1.ResetPasswordRequest) (*flowdeskv1.ResetPasswordResponse, error) {
	record, err := s.deps.Store.GetUser(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.ResetPasswordResponse{}, s.setPassword(ctx, record, r.GetPassword(), "")
}

// setPassword changes a password and ends the user's sessions but one.
func (s *accessService) setPassword(ctx context.Context, record *storage.UserRecord, password, but string) error {
	record.User.UpdateTime = engine.Timestamp(s.deps.Runner.Now())
	if err := s.deps.Guard.SetPassword(ctx, record, password); err != nil {
		return err
	}
	defer s.deps.Guard.Forget()
	return s.deps.Store.DeleteSignIns(ctx, id(record.User.GetName()), but)
}

func (s *accessService) CreateUser(ctx context.Context, r *flowdeskv1.CreateUserRequest) (*flowdeskv1.CreateUserResponse, error) {
	now := engine.Timestamp(s.deps.Runner.Now())
	user := &flowdeskv1.User{Name: "users/" + r.GetUserId(), CreateTime: now, UpdateTime: now}
	fields, err := merge(user, r.GetUser(), nil, userFields...)
	if err != nil {
		return nil, err
	}
	if err := s.entry(ctx, user, fields); err != nil {
		return nil, err
	}
	hash, err := s.deps.Guard.Hash(ctx, r.GetPassword())
	if err != nil {
		return nil, err
	}
	if err := s.deps.Store.CreateUser(ctx, &storage.UserRecord{User: user, Password: hash}); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetUser(ctx, r.GetUserId())
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CreateUserResponse{User: stored.User}, nil
}

func (s *accessService) GetUser(ctx context.Context, r *flowdeskv1.GetUserRequest) (*flowdeskv1.GetUserResponse, error) {
	record, err := s.deps.Store.GetUser(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.GetUserResponse{User: record.User}, nil
}

func (s *accessService) ListUsers(ctx context.Context, r *flowdeskv1.ListUsersRequest) (*flowdeskv1.ListUsersResponse, error) {
	users, next, err := s.deps.Store.ListUsers(ctx, page(r.GetPageSize(), r.GetPageToken()))
	return &flowdeskv1.ListUsersResponse{Users: users, NextPageToken: next}, err
}

func (s *accessService) UpdateUser(ctx context.Context, r *flowdeskv1.UpdateUserRequest) (*flowdeskv1.UpdateUserResponse, error) {
	record, err := s.deps.Store.GetUser(ctx, id(r.GetUser().GetName()))
	if err != nil {
		return nil, err
	}
	etag := record.User.GetEtag()
	if err := checkEtag(ctx, r.GetUser().GetEtag(), etag); err != nil {
		return nil, err
	}
	fields, err := merge(record.User, r.GetUser(), r.GetUpdateMask(), userFields...)
	if err != nil {
		return nil, err
	}
	if err := s.entry(ctx, record.User, fields); err != nil {
		return nil, err
	}
	record.User.UpdateTime = engine.Timestamp(s.deps.Runner.Now())
	err = s.deps.Store.UpdateUser(ctx, record, etag)
	if errors.Is(err, storage.ErrLastAdmin) { // to do the same again, as after a conflict, would not help
		return nil, failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "no admin would be left; make somebody else an admin first")
	}
	if err != nil {
		return nil, err
	}
	s.deps.Guard.Forget()
	if record.User.GetDisabled() {
		if err := s.deps.Store.DeleteSignIns(ctx, id(record.User.GetName()), ""); err != nil {
			return nil, err
		}
	}
	stored, err := s.deps.Store.GetUser(ctx, id(record.User.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.UpdateUserResponse{User: stored.User}, nil
}
