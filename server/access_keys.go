package server

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

var keyFields = []protoreflect.Name{"title", "role", "groups", "methods", "expire_time"}

// Lives of API keys.
const (
	keyLife     = 90 * 24 * time.Hour
	longKeyLife = 366 * 24 * time.Hour
)

func (s *accessService) CreateApiKey(ctx context.Context, r *flowdeskv1.CreateApiKeyRequest) (*flowdeskv1.CreateApiKeyResponse, error) { //nolint:revive // the proto's name
	now := s.deps.Runner.Now()
	key := &flowdeskv1.ApiKey{Name: "apiKeys/" + access.NewKeyID(), CreateTime: engine.Timestamp(now), Creator: actor(ctx)}
	if _, err := merge(key, r.GetApiKey(), nil, keyFields...); err != nil {
		return nil, err
	}
	if key.GetExpireTime() == nil {
		key.ExpireTime = engine.Timestamp(now.Add(keyLife))
	}
	if expire := key.GetExpireTime().AsTime(); !expire.After(now) || expire.After(now.Add(longKeyLife)) {
		return nil, invalidField("api_key.expire_time", "it must be in the future, at most 366 days ahead")
	}
	token := access.NewToken()
	if err := s.deps.Store.CreateKey(ctx, &storage.KeyRecord{Key: key, Digest: access.Digest(token)}); err != nil {
		return nil, err
	}
	stored, err := s.deps.Store.GetKey(ctx, id(key.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.CreateApiKeyResponse{ApiKey: stored.Key, Secret: access.KeyText(id(key.GetName()), token)}, nil
}

func (s *accessService) ListApiKeys(ctx context.Context, r *flowdeskv1.ListApiKeysRequest) (*flowdeskv1.ListApiKeysResponse, error) { //nolint:revive // the proto's name
	keys, next, err := s.deps.Store.ListKeys(ctx, page(r.GetPageSize(), r.GetPageToken()))
	return &flowdeskv1.ListApiKeysResponse{ApiKeys: keys, NextPageToken: next}, err
}

func (s *accessService) RotateApiKey(ctx context.Context, r *flowdeskv1.RotateApiKeyRequest) (*flowdeskv1.RotateApiKeyResponse, error) { //nolint:revive // the proto's name
	token, now := access.NewToken(), s.deps.Runner.Now()
	key, err := s.changeKey(ctx, r.GetName(), func(record *storage.KeyRecord) error {
		if record.Key.GetRevokeTime() != nil {
			return failedPrecondition(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "the key was revoked")
		}
		record.OldDigest, record.Key.OverlapTime = "", nil
		if overlap := r.GetOverlap().AsDuration(); overlap > 0 {
			record.OldDigest, record.Key.OverlapTime = record.Digest, timestamppb.New(now.Add(overlap))
		}
		record.Digest, record.Key.RotateTime = access.Digest(token), engine.Timestamp(now)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.RotateApiKeyResponse{ApiKey: key, Secret: access.KeyText(id(key.GetName()), token)}, nil
}

func (s *accessService) RevokeApiKey(ctx context.Context, r *flowdeskv1.RevokeApiKeyRequest) (*flowdeskv1.RevokeApiKeyResponse, error) { //nolint:revive // the proto's name
	key, err := s.changeKey(ctx, r.GetName(), func(record *storage.KeyRecord) error {
		if record.Key.GetRevokeTime() == nil {
			record.Key.RevokeTime = engine.Timestamp(s.deps.Runner.Now())
		}
		return nil
	})
	return &flowdeskv1.RevokeApiKeyResponse{ApiKey: key}, err
}

func (s *accessService) changeKey(ctx context.Context, name string, change func(*storage.KeyRecord) error) (*flowdeskv1.ApiKey, error) {
	record, err := s.deps.Store.GetKey(ctx, id(name))
	if err != nil {
		return nil, err
	}
	if err := change(record); err != nil {
		return nil, err
	}
	if err := s.deps.Store.UpdateKey(ctx, record, record.Key.GetEtag()); err != nil {
		return nil, err
	}
	s.deps.Guard.Forget()
	stored, err := s.deps.Store.GetKey(ctx, id(name))
	if err != nil {
		return nil, err
	}
	return stored.Key, nil
}

func (s *accessService) PutSecret(ctx context.Context, r *flowdeskv1.PutSecretRequest) (*flowdeskv1.PutSecretResponse, error) {
	if s.deps.Secrets == nil {
		return nil, withReason(codes.Unimplemented, flowdeskv1.ErrorReason_ERROR_REASON_NOT_OFFERED, "this server has no key to seal secrets with")
	}
	if err := s.deps.Secrets.PutValue(ctx, id(r.GetName()), r.GetValue(), s.deps.Runner.Now()); err != nil {
		return nil, err
	}
	s.secretsChanged(ctx)
	stored, err := s.deps.Store.GetSecret(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	return &flowdeskv1.PutSecretResponse{Secret: stored.Secret}, nil
}

func (s *accessService) ListSecrets(ctx context.Context, _ *flowdeskv1.ListSecretsRequest) (*flowdeskv1.ListSecretsResponse, error) {
	records, err := s.deps.Store.ListSecrets(ctx)
	if err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ListSecretsResponse{}
	for _, r := range records {
		if IsModelSecret(r.Secret.GetName()) {
			continue // shown among the providers
		}
		answer.Secrets = append(answer.Secrets, r.Secret)
	}
	return answer, nil
}

func (s *accessService) DeleteSecret(ctx context.Context, r *flowdeskv1.DeleteSecretRequest) (*flowdeskv1.DeleteSecretResponse, error) {
	if err := s.deps.Store.DeleteSecret(ctx, id(r.GetName())); err != nil {
		return nil, err
	}
	s.secretsChanged(ctx)
	return &flowdeskv1.DeleteSecretResponse{}, nil
}

func (s *accessService) secretsChanged(ctx context.Context) {
	if s.deps.SecretsChanged != nil {
		s.deps.SecretsChanged(ctx)
	}
}
