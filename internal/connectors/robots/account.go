package robots

import "log/slog"

// redacted stands wherever a secret would otherwise be printed.
const redacted = "[redacted]"

// Account names a robot at its platform. RobotID is the only credential the platform knows, so it is a secret
// like Key: printing or logging an Account shows neither.
type Account struct {
	BaseURI string // scheme and host, with no path; empty means the platform's public address
	RobotID string
	Key     string // only for robots that have the key check switched on
}

// String shows the account without its secrets.
func (a Account) String() string { return "robot " + redacted + " at " + a.BaseURI }

// GoString keeps %#v from printing the secrets.
func (a Account) GoString() string { return "robots.Account{" + a.String() + "}" }

// LogValue keeps the secrets out of structured logs.
func (a Account) LogValue() slog.Value {
	return slog.GroupValue(slog.String("base_uri", a.BaseURI), slog.String("robot_id", redacted))
}

// MarshalText keeps the secrets out of encoders that would otherwise walk the fields.
func (a Account) MarshalText() ([]byte, error) { return []byte(a.String()), nil }
