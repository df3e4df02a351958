package sealed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// Lost is what none of a ring's keys opens.
type Lost struct {
	Robots  []*flowdeskv1.Robot // as they stand in the database
	Secrets []string            // names
}

// Lost looks for what none of the keys opens. It changes nothing. It needs a ring.
func (s *Store) Lost(ctx context.Context) (*Lost, error) {
	lost := &Lost{}
	robots, err := s.Store.ListRobots(ctx)
	if err != nil {
		return nil, err
	}
	for _, record := range robots {
		if err := s.open(&storage.RobotRecord{Robot: proto.CloneOf(record.Robot), WebhookSecret: record.WebhookSecret}); errors.Is(err, ErrOpen) {
			lost.Robots = append(lost.Robots, record.Robot)
		}
	}
	secrets, err := s.ListSecrets(ctx)
	if err != nil {
		return nil, err
	}
	for _, record := range secrets {
		name := record.Secret.GetName()
		if _, err := s.ring.Open(name, record.Sealed); errors.Is(err, ErrOpen) {
			lost.Secrets = append(lost.Secrets, name)
		}
	}
	return lost, nil
}

// Forget clears what is lost, so that a server starts with the ring: robots are paused, without the ids, keys and addresses that cannot be read and
// with new callback addresses; secrets are deleted. Nothing else of them changes. No server may run on the database.
func (s *Store) Forget(ctx context.Context, lost *Lost) error {
	for _, robot := range lost.Robots {
		record, err := s.Store.GetRobot(ctx, robot.GetId())
		if err != nil {
			return err
		}
		for place, field := range fields(record) {
			text, err := s.ring.Open(place, *field)
			if err != nil {
				text = ""
			}
			*field = text
		}
		if record.WebhookSecret == "" {
			record.WebhookSecret = rand.Text()
		}
		record.Robot.Paused = true
		if err := s.PutRobot(ctx, record, record.Robot.GetEtag()); err != nil {
			return fmt.Errorf("robot %s: %w", robot.GetId(), err)
		}
	}
	for _, name := range lost.Secrets {
		if err := s.DeleteSecret(ctx, name[len("secrets/"):]); err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
