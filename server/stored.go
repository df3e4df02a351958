package server

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/storage"
)

// settingsName stands for the settings, of which there is one.
const settingsName = "settings"

// stored is what stands under a resource name, as people see it.
func (s *Server) stored(ctx context.Context, name string) (proto.Message, error) {
	collection, rest, _ := strings.Cut(name, "/")
	if flow, testCase, found := strings.Cut(rest, "/testCases/"); found {
		return s.deps.Store.GetTestCase(ctx, flow, testCase)
	}
	if strings.Contains(rest, "/") {
		return nil, fmt.Errorf("%s: %w", name, storage.ErrNotFound)
	}
	read, known := map[string]func(context.Context, string) (proto.Message, error){
		"flows":      reads(s.deps.Store.GetFlow),
		"people":     reads(s.deps.Store.GetPerson),
		"groups":     reads(s.deps.Store.GetGroup),
		"sessions":   reads(s.deps.Store.GetSession),
		"messages":   reads(s.deps.Store.GetMessage),
		"notes":      reads(s.deps.Store.GetSessionNote),
		"commands":   reads(s.deps.Store.GetCommand),
		"trackTasks": reads(s.deps.Store.GetTask),
		"alerts":     reads(s.deps.Store.GetAlert),
		"jobs":       reads(s.deps.Store.GetJob),
		"instances": func(ctx context.Context, id string) (proto.Message, error) {
			i, _, err := s.deps.Store.GetInstance(ctx, id)
			return i, err
		},
		"robots": func(ctx context.Context, id string) (proto.Message, error) {
			r, err := s.deps.Store.GetRobot(ctx, id)
			if err != nil {
				return nil, err
			}
			return r.Robot, nil
		},
		"users": func(ctx context.Context, id string) (proto.Message, error) {
			u, err := s.deps.Store.GetUser(ctx, id)
			if err != nil {
				return nil, err
			}
			return u.User, nil
		},
		"apiKeys": func(ctx context.Context, id string) (proto.Message, error) {
			k, err := s.deps.Store.GetKey(ctx, id)
			if err != nil {
				return nil, err
			}
			return k.Key, nil
		},
		"secrets": func(ctx context.Context, id string) (proto.Message, error) {
			r, err := s.deps.Store.GetSecret(ctx, id)
			if err != nil {
				return nil, err
			}
			return r.Secret, nil
		},
		settingsName: func(ctx context.Context, _ string) (proto.Message, error) { return s.deps.Store.GetSettings(ctx) },
	}[collection]
	if !known {
		return nil, fmt.Errorf("%s: %w", name, storage.ErrNotFound)
	}
	return read(ctx, id(name))
}

func reads[M proto.Message](get func(context.Context, string) (M, error)) func(context.Context, string) (proto.Message, error) {
	return func(ctx context.Context, id string) (proto.Message, error) { return get(ctx, id) }
}
