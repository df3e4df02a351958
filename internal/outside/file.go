package outside

import (
	"fmt"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
	"github.com/flowdesk/flowdesk/internal/connectors/notify"
)

// fileSide is what the configuration file says, with its secrets as they are at one time.
type fileSide struct {
	config   Config
	channels map[string]notify.Channel
	headers  map[string][]httpcall.SecretHeader // by host
}

func newFileSide(c Config) (*fileSide, error) {
	side := &fileSide{config: c, channels: make(map[string]notify.Channel), headers: make(map[string][]httpcall.SecretHeader)}
	for _, h := range c.HTTP.Headers {
		host := strings.ToLower(h.Host)
		side.headers[host] = append(side.headers[host], httpcall.SecretHeader{Name: h.Name, Value: h.Value})
	}
	for _, ch := range c.Channels {
		if ch.Name == "" || side.channels[ch.Name].Name != "" {
			return nil, fmt.Errorf("channels: the name %q is empty or there twice", ch.Name)
		}
		side.channels[ch.Name] = notify.Channel{Name: ch.Name, Kind: ch.Kind, Address: ch.Address, Secret: ch.Secret}
	}
	return side, nil
}

// Configure takes the place of the configuration file and of the managed providers; all of it or, with an error, nothing. The file must differ from
// that of New in its secrets alone. Calls under way end with what they began with.
func (p *Performer) Configure(c Config, managed []Managed) error {
	file, err := newFileSide(c)
	if err != nil {
		return err
	}
	side, err := p.side(file, managed)
	if err != nil {
		return fmt.Errorf("models: %w", err)
	}
	p.file.Store(file)
	p.models.Store(side)
	return nil
}
