package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
)

// robotCache keeps the robots' callback addresses on this machine, sealed, so that a server which starts while the database is away knows who
// may report. It is written whenever the robots change and at every start, and nothing else reads it.
type robotCache struct {
	dir  string
	keys *sealed.Ring
}

const (
	robotCacheFile  = "robots.sealed"
	robotCachePlace = "spill/robots"
)

// save replaces the cache.
func (c robotCache) save(records []*storage.RobotRecord) error {
	secrets := make(map[string]string, len(records))
	for _, r := range records {
		secrets[r.Robot.GetId()] = r.WebhookSecret
	}
	plain, err := json.Marshal(secrets)
	if err != nil {
		return fmt.Errorf("keep the robots' addresses: %w", err)
	}
	path := filepath.Join(c.dir, robotCacheFile)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("keep the robots' addresses: %w", err)
	}
	_, err = f.WriteString(c.keys.Seal(robotCachePlace, string(plain)))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep the robots' addresses: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep the robots' addresses: %w", err)
	}
	return nil
}

// load gives the robots with what is needed to hear them; none when nothing was ever kept.
func (c robotCache) load() ([]*storage.RobotRecord, error) {
	data, err := os.ReadFile(filepath.Join(c.dir, robotCacheFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("robots' addresses: %w", err)
	}
	plain, err := c.keys.Open(robotCachePlace, string(data))
	if err != nil {
		return nil, fmt.Errorf("robots' addresses: %w", err)
	}
	var secrets map[string]string
	if err := json.Unmarshal([]byte(plain), &secrets); err != nil {
		return nil, fmt.Errorf("robots' addresses: %w", err)
	}
	records := make([]*storage.RobotRecord, 0, len(secrets))
	for id, secret := range secrets {
		records = append(records, &storage.RobotRecord{Robot: &flowdeskv1.Robot{Id: id}, WebhookSecret: secret})
	}
	return records, nil
}
