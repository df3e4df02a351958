// Package deploy holds how the product is run in containers. Its tests run every command of the compose file with the real program, without
// containers: on loopback ports, with a private PostgreSQL and Redis.
package deploy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// composition is what these tests read of a compose file.
type composition struct {
	Services map[string]*service
	Secrets  map[string]struct{ File string }
	Volumes  map[string]any
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
}

type service struct {
	Image       string
	User        string
	Command     []string
	Environment map[string]string
	Secrets     []string
	Volumes     []string
	Ports       []string
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	SecurityOpt []string                              `yaml:"security_opt"`
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct {
		Test    []string
		Disable bool
	}
}

func (s *service) ours() bool { return strings.Contains(s.Image, "flowdesk") }

func composed(t *testing.T) *composition {
	t.Helper()
	data, err := os.ReadFile("compose.yaml")
	require.NoError(t, err)
	var c composition
	require.NoError(t, yaml.Unmarshal(data, &c))
	require.NotEmpty(t, c.Services)
	return &c
}

func TestServicesReferToWhatThereIs(t *testing.T) {
	t.Parallel()
	c := composed(t)
	for name, s := range c.Services {
		for other, on := range s.DependsOn {
			require.Contains(t, c.Services, other, name)
			switch on.Condition {
			case "service_healthy":
				target := c.Services[other]
				require.False(t, target.Healthcheck.Disable, "%s waits for the health of %s", name, other)
				require.NotEmpty(t, target.Healthcheck.Test, "%s waits for the health of %s", name, other)
			case "service_completed_successfully", "service_started":
			default:
				t.Errorf("%s: no such condition: %q", name, on.Condition)
			}
		}
		for _, secret := range s.Secrets {
			require.Contains(t, c.Secrets, secret, name)
		}
		for key, value := range s.Environment {
			if file, is := strings.CutPrefix(value, "/run/secrets/"); is {
				require.Contains(t, s.Secrets, file, "%s: %s", name, key)
			}
		}
		for _, volume := range s.Volumes {
			source, _, _ := strings.Cut(volume, ":")
			if strings.HasPrefix(source, "./") {
				require.FileExists(t, source)
			} else {
				require.Contains(t, c.Volumes, source, name)
			}
		}
		for _, port := range s.Ports {
			require.True(t, strings.HasPrefix(port, "127.0.0.1:"), "%s: %s is open to the network: a proxy with TLS belongs in front", name, port)
		}
	}
	require.Equal(t, "service_started", c.Services["desk1"].DependsOn["redis"].Condition, "Redis is only a help")
	require.Equal(t, c.Services["desk1"].Environment, c.Services["desk2"].Environment, "replicas are equal")
	allowed, err := os.ReadFile("outside.yaml")
	require.NoError(t, err)
	require.Contains(t, string(allowed), c.Networks["inside"].IPAM.Config[0].Subnet)
	proxy, err := os.ReadFile("Caddyfile")
	require.NoError(t, err)
	require.Contains(t, string(proxy), "reverse_proxy desk1:8080 desk2:8080")
	require.Contains(t, string(proxy), "health_uri /readyz")
}

func TestSecretsAreFilesAndOursAreLockedIn(t *testing.T) {
	t.Parallel()
	c := composed(t)
	ignored, err := os.ReadFile(".gitignore")
	require.NoError(t, err)
	require.Contains(t, string(ignored), "/secrets/")
	for name, secret := range c.Secrets {
		require.Equal(t, "./secrets/"+name, secret.File)
	}
	word := regexp.MustCompile(`(?i)password|secret|key`)
	for name, s := range c.Services {
		for key, value := range s.Environment {
			if word.MatchString(key) {
				require.True(t, strings.HasPrefix(value, "/run/secrets/"), "%s: %s is not a file", name, key)
			}
			require.NotRegexp(t, `://[^/@]*:[^/@]*@`, value, "%s: %s holds a password", name, key)
		}
		if !s.ours() && name != "redis" {
			continue
		}
		require.True(t, s.ReadOnly, name)
		require.Regexp(t, `^[1-9]\d*:[1-9]\d*$`, s.User, name)
		require.Equal(t, []string{"ALL"}, s.CapDrop, name)
		require.Contains(t, s.SecurityOpt, "no-new-privileges:true", name)
	}
}

// Whoever has given a file away may not change its mode any more.
func TestTheKeyIsLockedBeforeItIsGivenAway(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	steps := string(data)
	lock, give := strings.Index(steps, "chmod 400 secrets/flowdesk_key"), strings.Index(steps, "chown 65532 secrets/flowdesk_key")
	require.Positive(t, lock)
	require.Greater(t, give, lock)
	require.Contains(t, steps, "chown "+strings.TrimSuffix(composed(t).Services["desk1"].User, ":65532")+" ", "the key is the replicas' user's")
}

func TestEveryVariableIsAFlag(t *testing.T) {
	t.Parallel()
	reference, err := os.ReadFile("../docs/cli.md")
	require.NoError(t, err)
	variables := map[string]bool{}
	for _, s := range composed(t).Services {
		for key := range s.Environment {
			if s.ours() {
				variables[key] = true
			}
		}
	}
	image, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	for _, key := range regexp.MustCompile(`FLOWDESK_[A-Z_]+`).FindAllString(string(image), -1) {
		variables[key] = true
	}
	require.Greater(t, len(variables), 5)
	for key := range variables {
		flag, is := strings.CutPrefix(key, "FLOWDESK_")
		require.True(t, is, key)
		require.Contains(t, string(reference), "--"+strings.ToLower(strings.ReplaceAll(flag, "_", "-")), "nobody reads %s", key)
	}
}

func TestTheImageIsBuiltFromWhatThereIs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../Dockerfile")
	require.NoError(t, err)
	excluded, err := os.ReadFile("../.dockerignore")
	require.NoError(t, err)
	stages := map[string]bool{}
	last := ""
	for line := range strings.Lines(string(data)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "FROM":
			last = words[1]
			if len(words) == 4 {
				stages[words[3]] = true
			}
		case "COPY":
			if from, is := strings.CutPrefix(words[1], "--from="); is {
				require.True(t, stages[from], "%s is no stage before it", from)
				continue
			}
			for _, source := range words[1 : len(words)-1] {
				_, err := os.Stat(filepath.Join("..", source))
				require.NoError(t, err)
				require.NotContains(t, strings.Fields(string(excluded)), strings.TrimSuffix(source, "/"), "the context leaves it out")
			}
		}
	}
	require.Equal(t, "scratch", last)
	text := string(data)
	final := text[strings.LastIndex(text, "FROM"):]
	require.Regexp(t, `(?m)^USER [1-9]\d*:[1-9]\d*$`, final)
	require.Contains(t, final, `CMD ["/flowdesk", "health"]`)
	bundle, err := os.ReadFile("../web/package.json")
	require.NoError(t, err)
	require.Contains(t, string(bundle), `"bundle":`, "the image's console is made by it")
	for _, s := range composed(t).Services {
		if s.ours() {
			require.Contains(t, final, "USER "+s.User)
		}
	}
	require.True(t, slices.Contains(strings.Fields(string(excluded)), "deploy"), "secrets are no part of the context")
}
