package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

// Profiles is the file profiles.yaml: the servers that a person works with.
type Profiles struct {
	// Use is the profile that is used when none is named; empty means none.
	Use string `yaml:"use,omitempty"`
	// Profiles by name.
	Profiles map[string]Profile `yaml:"profiles,omitempty"`
}

// Profile is one server and how it is spoken to.
type Profile struct {
	// Server is its gRPC address, https:// in front for TLS.
	Server string `yaml:"server,omitempty"`
	// Console is the address of its console, REST API and callbacks.
	Console string `yaml:"console,omitempty"`
	// Token is sent as a bearer token.
	Token string `yaml:"token,omitempty"`
	// Zone is the zone of times for people.
	Zone string `yaml:"zone,omitempty"`
	// Production makes commands that touch many things ask for the profile's name.
	Production bool `yaml:"production,omitempty"`
}

func (s *System) profileFile() string {
	if file := s.Getenv("FLOWDESK_CONFIG"); file != "" {
		return file
	}
	return filepath.Join(s.ConfigDir, "flowdesk", "profiles.yaml")
}

// readProfiles reads the file; a missing one holds none.
func (s *System) readProfiles() (*Profiles, error) {
	p := &Profiles{}
	data, err := os.ReadFile(s.profileFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := yaml.Unmarshal(data, p); err != nil {
		return nil, fmt.Errorf("%s: %w", s.profileFile(), err)
	}
	if p.Profiles == nil {
		p.Profiles = make(map[string]Profile)
	}
	return p, nil
}

// writeProfiles replaces the file, which only its owner may read: it can hold tokens.
func (s *System) writeProfiles(p *Profiles) error {
	data, err := yaml.Marshal(p)
	if err != nil {
		return err
	}
	file := s.profileFile()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	next := file + ".next"
	if err := os.WriteFile(next, data, 0o600); err != nil {
		return err
	}
	return os.Rename(next, file)
}
