package models

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
)

const (
	connectTimeout = 5 * time.Second
	defaultTimeout = 30 * time.Second
	longestTimeout = 5 * time.Minute
)

// Config says which providers there are and what they are used for.
type Config struct {
	Providers []Provider     `yaml:"providers"`
	Uses      map[string]Use `yaml:"uses"`
	Default   Use            `yaml:"default"` // for uses that are not named
	Budget    Budget         `yaml:"budget"`  // of all uses together, a day
}

// Use says how one purpose is served.
type Use struct {
	Providers []string      `yaml:"providers"` // names, in the order in which they are asked
	Timeout   time.Duration `yaml:"timeout"`   // for a whole call; default 30 s
	Budget    Budget        `yaml:"budget"`    // a day
}

// Options are what the shell gives besides the configuration. The zero value works.
type Options struct {
	Transport http.RoundTripper // in place of the guarded network; for tests
	Guard     dial.Guard        // inside addresses that may be dialled all the same
	Now       func() time.Time
	Meter     Meter          // default a DayMeter with the configuration's budgets
	Zone      *time.Location // in which the default meter's days begin; default UTC+8
	// Alert is called for what a person must mend: out of money, bad key, missing model, refused request, used-up budget.
	Alert func(use string, err error)
}

// Client asks models. It is safe for concurrent use.
type Client struct {
	now      func() time.Time
	http     *http.Client
	meter    Meter
	alert    func(string, error)
	stations map[string]*station
	uses     map[string]Use
	fallback Use
}

// station is a provider with what is known of its health.
type station struct {
	Provider
	account *account
	model   door // shut when the model is gone
	health  circuitbreaker.CircuitBreaker[reply]
}

// New checks the configuration and returns a client.
func New(cfg Config, opt Options) (*Client, error) {
	c := &Client{now: opt.Now, meter: opt.Meter, alert: opt.Alert, stations: map[string]*station{}, uses: cfg.Uses, fallback: cfg.Default}
	if c.now == nil {
		c.now = time.Now
	}
	if c.alert == nil {
		c.alert = func(string, error) {}
	}
	accounts := map[string]*account{}
	for _, p := range cfg.Providers {
		if err := p.check(); err != nil {
			return nil, err
		}
		if c.stations[p.Name] != nil {
			return nil, fmt.Errorf("two providers are named %s", p.Name)
		}
		if accounts[p.Account] == nil {
			accounts[p.Account] = newAccount(p.Limits, c.now)
		}
		c.stations[p.Name] = &station{Provider: p, account: accounts[p.Account], model: newDoor(), health: newHealth()}
	}
	if c.meter == nil {
		budgets := map[string]Budget{}
		for name, u := range cfg.Uses {
			budgets[name] = u.Budget
		}
		zone := opt.Zone
		if zone == nil {
			zone = time.FixedZone("UTC+8", 8*3600)
		}
		c.meter = NewDayMeter(cfg.Budget, budgets, zone, c.now)
	}
	if err := c.checkUses(cfg); err != nil {
		return nil, err
	}
	c.http = &http.Client{
		Transport:     opt.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // would carry the key elsewhere
	}
	if c.http.Transport == nil {
		c.http.Transport = transport(opt.Guard)
	}
	return c, nil
}

// checkUses says which use names a provider that is not there, or has a money budget that cannot be kept.
func (c *Client) checkUses(cfg Config) error {
	check := func(name string, u Use) error {
		for _, n := range u.Providers {
			s := c.stations[n]
			if s == nil {
				return fmt.Errorf("use %s: no provider is named %s", name, n)
			}
			if _, ok := s.price(); !ok && (u.Budget.Money > 0 || cfg.Budget.Money > 0) {
				return fmt.Errorf("use %s has a budget in money, but the price of %s at %s is not known", name, s.Model, n)
			}
		}
		return nil
	}
	for name, u := range cfg.Uses {
		if err := check(name, u); err != nil {
			return err
		}
	}
	return check("default", cfg.Default)
}

func transport(guard dial.Guard) *http.Transport {
	dialer := guard.Dialer()
	dialer.Timeout = connectTimeout
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		MaxIdleConnsPerHost:    32,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
	}
}

func newHealth() circuitbreaker.CircuitBreaker[reply] {
	return circuitbreaker.NewBuilder[reply]().
		HandleIf(func(_ reply, err error) bool {
			return classOf(err) == ClassTransient && !errors.Is(err, context.Canceled)
		}).
		WithFailureThresholdRatio(failuresToGo, callsWatched).
		WithSuccessThreshold(1).
		WithDelay(unhealthyWait).
		Build()
}

func classOf(err error) Class {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Class
	}
	return 0
}

// Health is what is known of a provider.
type Health struct {
	Provider, Model string
	Breaker         string    // closed, open, half-open
	ShutOut         bool      // key, money or model must be mended
	PausedUntil     time.Time // the provider asked for a pause
	Priced          bool      // the price of the model is known
}

// Health tells it of every provider of a use, in order; without a use, of the default's.
func (c *Client) Health(use string) []Health {
	var out []Health
	for _, s := range c.order(use) {
		out = append(out, s.healthNow())
	}
	return out
}

// HealthOf tells it of one provider; the zero value when there is none of that name.
func (c *Client) HealthOf(provider string) Health {
	if s := c.stations[provider]; s != nil {
		return s.healthNow()
	}
	return Health{}
}

func (s *station) healthNow() Health {
	s.account.mu.Lock()
	paused := s.account.paused
	s.account.mu.Unlock()
	_, priced := s.price()
	return Health{
		Provider: s.Name, Model: s.Model, Breaker: s.health.State().String(), Priced: priced,
		ShutOut: s.model.b.IsOpen() || s.account.door.b.IsOpen(), PausedUntil: paused,
	}
}

func (c *Client) order(use string) []*station {
	u, ok := c.uses[use]
	if !ok || len(u.Providers) == 0 {
		u = c.fallback
	}
	out := make([]*station, 0, len(u.Providers))
	for _, n := range u.Providers {
		out = append(out, c.stations[n])
	}
	return out
}

func (c *Client) timeout(r *Request) time.Duration {
	for _, t := range []time.Duration{r.Timeout, c.uses[r.Use].Timeout, c.fallback.Timeout} {
		if t > 0 {
			return min(t, longestTimeout)
		}
	}
	return defaultTimeout
}
