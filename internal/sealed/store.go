package sealed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/bunstore"
)

// Store is a store that seals what is secret on its way in and opens it on its way out.
type Store struct {
	*bunstore.Store

	ring *Ring
}

var _ storage.Store = (*Store)(nil)

// New puts a ring around a store. Without one everything is stored as it is.
func New(store *bunstore.Store, ring *Ring) *Store { return &Store{Store: store, ring: ring} }

// fields are the secrets of a robot, with the places that they are sealed for.
func fields(record *storage.RobotRecord) map[string]*string {
	place := "robots/" + record.Robot.GetId() + "/"
	return map[string]*string{
		place + "robot_id": &record.Robot.RobotId, place + "key": &record.Robot.Key, place + "base_uri": &record.Robot.BaseUri, place + "webhook": &record.WebhookSecret,
	}
}

// PutRobot implements storage.RobotStore.
func (s *Store) PutRobot(ctx context.Context, robot *storage.RobotRecord, etag string) error {
	if s.ring == nil {
		return s.Store.PutRobot(ctx, robot, etag)
	}
	sealed := &storage.RobotRecord{Robot: proto.CloneOf(robot.Robot), WebhookSecret: robot.WebhookSecret}
	for place, field := range fields(sealed) {
		if *field != "" {
			*field = s.ring.Seal(place, *field)
		}
	}
	return s.Store.PutRobot(ctx, sealed, etag)
}

// GetRobot implements storage.RobotStore.
func (s *Store) GetRobot(ctx context.Context, robot string) (*storage.RobotRecord, error) {
	record, err := s.Store.GetRobot(ctx, robot)
	if err != nil {
		return nil, err
	}
	return record, s.open(record)
}

// ListRobots implements storage.RobotStore.
func (s *Store) ListRobots(ctx context.Context) ([]*storage.RobotRecord, error) {
	records, err := s.Store.ListRobots(ctx)
	for _, record := range records {
		err = errors.Join(err, s.open(record))
	}
	return records, err
}

func (s *Store) open(record *storage.RobotRecord) error {
	if s.ring == nil {
		return nil
	}
	for place, field := range fields(record) {
		text, err := s.ring.Open(place, *field)
		if err != nil {
			return err
		}
		*field = text
	}
	return nil
}

// Answers to requests may hold a key or an address that is shown once.

// GetRequest implements storage.RequestStore.
func (s *Store) GetRequest(ctx context.Context, method, id string) ([]byte, error) {
	answer, err := s.Store.GetRequest(ctx, method, id)
	if err != nil || s.ring == nil {
		return answer, err
	}
	text, err := s.ring.Open("requests/"+method+"/"+id, string(answer))
	return []byte(text), err
}

// PutRequest implements storage.RequestStore.
func (s *Store) PutRequest(ctx context.Context, method, id string, answer []byte, at time.Time) error {
	if s.ring == nil {
		return s.Store.PutRequest(ctx, method, id, answer, at)
	}
	return s.Store.PutRequest(ctx, method, id, []byte(s.ring.Seal("requests/"+method+"/"+id, string(answer))), at)
}

// PutValue creates or replaces a secret. It needs a ring.
func (s *Store) PutValue(ctx context.Context, id, value string, now time.Time) error {
	sum := sha256.Sum256([]byte(value))
	return s.PutSecret(ctx, &storage.SecretRecord{
		Sealed: s.ring.Seal("secrets/"+id, value),
		Secret: &flowdeskv1.Secret{
			Name: "secrets/" + id, Fingerprint: hex.EncodeToString(sum[:4]), KeyId: s.ring.Current(), UpdateTime: timestamppb.New(now),
		},
	})
}

// Value is a secret's value. It needs a ring.
func (s *Store) Value(ctx context.Context, id string) (string, error) {
	record, err := s.GetSecret(ctx, id)
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", id, err)
	}
	return s.ring.Open("secrets/"+id, record.Sealed)
}

// Reseal seals anew what is not sealed with the present key, and reports how much that was. With a key missing it says which.
func (s *Store) Reseal(ctx context.Context) (int, error) {
	stored, err := s.Store.ListRobots(ctx)
	if err != nil {
		return 0, err
	}
	count := 0
	for _, record := range stored {
		stale := false
		for _, field := range fields(record) {
			stale = stale || s.ring.Stale(*field)
		}
		if err := s.open(record); err != nil {
			return count, err
		}
		if !stale {
			continue
		}
		if err := s.PutRobot(ctx, record, record.Robot.GetEtag()); err != nil && !errors.Is(err, storage.ErrConflict) { // another replica was first
			return count, err
		}
		count++
	}
	secrets, err := s.ListSecrets(ctx)
	if err != nil {
		return count, err
	}
	for _, record := range secrets {
		id := record.Secret.GetName()[len("secrets/"):]
		value, err := s.ring.Open("secrets/"+id, record.Sealed)
		if err != nil {
			return count, err
		}
		if s.ring.Stale(record.Sealed) {
			if err := s.PutValue(ctx, id, value, record.Secret.GetUpdateTime().AsTime()); err != nil {
				return count, err
			}
			count++
		}
	}
	return count, nil
}
