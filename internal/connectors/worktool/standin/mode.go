package standin

import (
	"encoding/json"
	"fmt"
	"time"
)

// Mode is how a robot misbehaves. The zero value behaves.
type Mode struct {
	// Share is the part of cases, from 0 to 1, that the faults of answers and callbacks hit; 0 means all.
	Share float64 `json:"share,omitempty"`
	// Times ends the faults of answers after so many hits; 0 means never.
	Times int `json:"times,omitempty"`

	// Faults of answers.
	Slow        Duration `json:"slow,omitempty"`        // wait before answering
	Status      int      `json:"status,omitempty"`      // answer so and take nothing in
	StatusAfter int      `json:"statusAfter,omitempty"` // take it in, then answer so
	Drop        bool     `json:"drop,omitempty"`        // take it in, then cut the connection
	Limited     string   `json:"limited,omitempty"`     // "http" or "body": answer 429 and take nothing in
	SendsOnly   bool     `json:"sendsOnly,omitempty"`   // only sends suffer, look-ups work

	// Faults of the phone.
	Offline   bool `json:"offline,omitempty"`   // commands are accepted and never run until it is online again
	Stuck     bool `json:"stuck,omitempty"`     // commands are accepted and not run, and nobody is told
	FailCode  int  `json:"failCode,omitempty"`  // every command fails with this code
	FailTimes int  `json:"failTimes,omitempty"` // ... only the first so many runs of each distinct command
	Partial   bool `json:"partial,omitempty"`   // with several targets, all but the first fail with 201102

	// Faults of result callbacks.
	CallbackLost    bool     `json:"callbackLost,omitempty"`
	CallbackLate    Duration `json:"callbackLate,omitempty"`
	CallbackCopies  int      `json:"callbackCopies,omitempty"`  // 2 means doubled
	CallbackShuffle bool     `json:"callbackShuffle,omitempty"` // each is held back up to a second

	// Variants the real platform is seen to have.
	SuccessCode   int  `json:"successCode,omitempty"`   // 0 or 200
	Echo          bool `json:"echo,omitempty"`          // the robot reports its own words too
	OmitMessageID bool `json:"omitMessageId,omitempty"` // message callbacks come without an id
	DoubleMessage bool `json:"doubleMessage,omitempty"` // message callbacks come twice
}

// Duration is a time.Duration that JSON writes as "4.5s".
type Duration time.Duration

// MarshalText writes the duration like time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalJSON reads a text such as "4.5s", or a number of seconds.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case nil:
		return nil
	case float64:
		*d = Duration(v * float64(time.Second))
		return nil
	case string:
		parsed, err := time.ParseDuration(v)
		*d = Duration(parsed)
		return err
	default:
		return fmt.Errorf("duration %s is neither a text nor a number of seconds", b)
	}
}
