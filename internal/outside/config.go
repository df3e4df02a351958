// Package outside carries out the calls of flows to the outside world: models, HTTP services, notification channels. It reads from one file
// which of them there are.
//
// It may import the connectors and the generated types.
package outside

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/httpcall"
	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/notify"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Config is the file outside.yaml in the data directory. Values of the form ${NAME} are taken from the environment and those of the form
// ${secret:NAME} from the sealed secrets, so that keys need not stand in the file. Without the file no model is asked, no host called and no channel told.
type Config struct {
	Models   Models    `yaml:"models"`
	HTTP     HTTP      `yaml:"http"`
	Channels []Channel `yaml:"channels"`
	Robots   Robots    `yaml:"robots"`
}

// Robots says where platforms of robots may be besides public addresses.
type Robots struct {
	Inside []string `yaml:"inside"` // prefixes of loopback and private addresses
}

// Guard decides which addresses of platforms may be dialled.
func (r Robots) Guard() (dial.Guard, error) { return guard(r.Inside) }

// Models are the providers of language models and what they are used for.
type Models struct {
	Providers []Provider            `yaml:"providers"`
	Uses      map[string]models.Use `yaml:"uses"`
	Default   models.Use            `yaml:"default"` // of uses that are not named
	Budget    models.Budget         `yaml:"budget"`  // of all uses together, a day
	Inside    []string              `yaml:"inside"`  // prefixes of loopback and private addresses where providers may be
}

// Provider is a preset with what is one's own. Fields that are set replace the preset's.
type Provider struct {
	Name   string        `yaml:"name"`   // default the preset
	Preset string        `yaml:"preset"` // doubao, deepseek, kimi or generic; default generic
	Base   string        `yaml:"base"`
	Key    secret.String `yaml:"key"`
	Model  string        `yaml:"model"`
	NoKey  bool          `yaml:"no_key"` // for local servers
}

// HTTP says which hosts HTTP_REQUEST may call.
type HTTP struct {
	Hosts     []string `yaml:"hosts"`      // such as api.example.com or *.example.com
	PlainHTTP bool     `yaml:"plain_http"` // http besides https
	Headers   []Header `yaml:"headers"`
	Inside    []string `yaml:"inside"` // prefixes of loopback and private addresses that may be called, such as 10.1.0.0/16
}

// Header is a header with a key that calls to a host bear, so that no flow need hold it.
type Header struct {
	Host  string        `yaml:"host"` // a name, without a port
	Name  string        `yaml:"name"`
	Value secret.String `yaml:"value"`
}

// Channel is a place that notices can be sent to.
type Channel struct {
	Name    string        `yaml:"name"`
	Kind    notify.Kind   `yaml:"kind"` // wecom, feishu, dingtalk or webhook
	Address secret.String `yaml:"address"`
	Secret  secret.String `yaml:"secret"`
}

// Load reads the file; a missing one is the empty configuration.
func Load(file string) (Config, error) {
	var c Config
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	var missing []string
	text := os.Expand(string(data), func(name string) string {
		if strings.HasPrefix(name, sealedPrefix) {
			return "${" + name + "}"
		}
		value, set := os.LookupEnv(name)
		if !set {
			missing = append(missing, name)
		}
		return value
	})
	if len(missing) > 0 {
		return c, fmt.Errorf("%s: %s not set in the environment", file, strings.Join(missing, ", "))
	}
	decoder := yaml.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// sealedPrefix begins the names of sealed secrets.
const sealedPrefix = "secret:"

// Resolved is the configuration with the values of sealed secrets where it names them.
func (c *Config) Resolved(value func(id string) (string, error)) (Config, error) {
	own := *c
	own.Models.Providers, own.Channels, own.HTTP.Headers = slices.Clone(c.Models.Providers), slices.Clone(c.Channels), slices.Clone(c.HTTP.Headers)
	return own, own.resolve(value)
}

func (c *Config) resolve(value func(id string) (string, error)) error {
	var wanting []*secret.String
	for i := range c.Models.Providers {
		wanting = append(wanting, &c.Models.Providers[i].Key)
	}
	for i := range c.Channels {
		wanting = append(wanting, &c.Channels[i].Address, &c.Channels[i].Secret)
	}
	for i := range c.HTTP.Headers {
		wanting = append(wanting, &c.HTTP.Headers[i].Value)
	}
	var failed error
	for _, field := range wanting {
		*field = secret.New(os.Expand(field.Reveal(), func(name string) string {
			id, sealed := strings.CutPrefix(name, sealedPrefix)
			if !sealed {
				return "${" + name + "}"
			}
			text, err := value(id)
			failed = errors.Join(failed, err)
			return text
		}))
	}
	return failed
}

func (m *Models) config() (models.Config, error) {
	c := models.Config{Uses: m.Uses, Default: m.Default, Budget: m.Budget}
	for _, p := range m.Providers {
		preset := p.Preset
		if preset == "" {
			preset = "generic"
		}
		provider, err := models.Preset(preset)
		if err != nil {
			return c, err
		}
		if p.Name != "" {
			provider.Name = p.Name
		}
		if p.Base != "" {
			provider.Base = p.Base
		}
		provider.Key, provider.Model = p.Key, p.Model
		provider.Dialect.NoKey = provider.Dialect.NoKey || p.NoKey
		c.Providers = append(c.Providers, provider)
	}
	return c, nil
}

func (h *HTTP) config() (httpcall.Config, error) {
	c := httpcall.Config{Hosts: h.Hosts, PlainHTTP: h.PlainHTTP}
	var err error
	c.Guard, err = guard(h.Inside)
	return c, err
}

// guard lets public addresses through, and those of the prefixes.
func guard(inside []string) (dial.Guard, error) {
	var g dial.Guard
	for _, text := range inside {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return g, fmt.Errorf("inside address %q: %w", text, err)
		}
		g.Allow = append(g.Allow, prefix)
	}
	return g, nil
}

// guard lets through what a provider's base names by its address: whoever wrote it there means it. A name may resolve to public addresses
// only, unless they are allowed.
func (m *Models) guard(providers []models.Provider) (dial.Guard, error) {
	g, err := guard(m.Inside)
	if err != nil {
		return g, err
	}
	for _, p := range providers {
		base, err := url.Parse(p.Base)
		if err != nil {
			continue // the client says what is wrong with it
		}
		if address, err := netip.ParseAddr(base.Hostname()); err == nil {
			g.Allow = append(g.Allow, netip.PrefixFrom(address.Unmap(), address.Unmap().BitLen()))
		}
	}
	return g, nil
}

func (h *HTTP) guard() dial.Guard {
	c, err := h.config()
	if err != nil {
		return dial.Guard{}
	}
	return c.Guard
}
