package standin

import (
	"net/http"
	"time"
)

// NoDelay as Options.PhoneDelay makes phones work at once.
const NoDelay time.Duration = -1

// Off as RateLimit, Ledger, Keep or ChatLines of Options switches the thing off.
const Off = -1

const (
	defaultPhoneDelay = 4500 * time.Millisecond // a text in the platform's own samples
	defaultRateLimit  = 60
	defaultLedger     = 100_000
	defaultKeep       = 1000
	defaultChatLines  = 200
	defaultWorkers    = 64
	callbackTimeout   = 3 * time.Second // the platform's own
	callbackQueue     = 5000            // per worker; more is dropped and counted
	maxAccepted       = 4 << 20         // bytes of accepted batches kept per robot
)

// Options of a Sim. The zero value behaves like the real platform, without any robot.
type Options struct {
	Now         func() time.Time // nil means time.Now
	Client      *http.Client     // posts the callbacks; nil means one of its own
	PhoneDelay  time.Duration    // per text; 0 means 4.5 s. Files take twice, group commands three times as long
	RateLimit   int              // requests a minute and source address; 0 means 60
	LimitInBody bool             // the limit is told by code 429 in a body with status 200
	Ledger      int              // commands kept; 0 means 100,000. Off keeps counts only
	Keep        int              // results, accepted batches and logged messages kept per robot; 0 means 1,000
	ChatLines   int              // lines kept per chat; 0 means 200
	Workers     int              // callbacks under way at once; 0 means 64. Order is kept per robot and chat
	RandomSeed  uint64           // of faults that hit a share of cases
	Accepted    func(Entry)      // is told each command that a phone will carry out; it must return at once
	World       World
}

func (o Options) withDefaults() Options {
	set := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PhoneDelay == 0 {
		o.PhoneDelay = defaultPhoneDelay
	}
	set(&o.RateLimit, defaultRateLimit)
	set(&o.Ledger, defaultLedger)
	set(&o.Keep, defaultKeep)
	set(&o.ChatLines, defaultChatLines)
	set(&o.Workers, defaultWorkers)
	if o.Client == nil {
		o.Client = &http.Client{Transport: &http.Transport{
			MaxIdleConns: o.Workers, MaxIdleConnsPerHost: o.Workers, IdleConnTimeout: 30 * time.Second,
			DisableCompression: true,
		}}
	}
	return o
}

// World is who and what exists at the start. It is also the format of a seed file.
type World struct {
	Robots []RobotSeed `json:"robots"`
	Groups []GroupSeed `json:"groups"`
	People []string    `json:"people"` // known to all robots, members of no group
}

// RobotSeed is a robot with its phone.
type RobotSeed struct {
	ID       string `json:"id"`
	Name     string `json:"name"` // shown in chats; empty means the id
	Role     string `json:"role"`
	Key      string `json:"key"` // not empty: robotInfo calls need it
	FormData bool   `json:"formData"`
	Mode     Mode   `json:"mode"`
}

// GroupSeed is a group. Without a list of robots, all are members.
type GroupSeed struct {
	Name     string            `json:"name"`
	Internal bool              `json:"internal"`
	Members  []string          `json:"members"` // people
	Robots   []string          `json:"robots"`  // ids
	Remarks  map[string]string `json:"remarks"` // robot id to that robot's remark for the group
}
