package worktool

import (
	"strconv"
	"strings"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// china is the zone of the platform's times, which bear none. China has had no summer time since 1991.
var china = time.FixedZone("UTC+8", 8*60*60)

// Times outside these bounds are not believed: an exception in the app reports 0 as its start and the seconds
// since 1970 as its duration. The start lies before the clock of synctest bubbles, which begins in 2000.
const maxTook = 24 * time.Hour

var earliest = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// ParseResult reads a command-result callback. Errors are *ParseError.
func ParseResult(body []byte) (robots.Result, error) {
	var r robots.Result
	s, err := callback(body)
	if err != nil {
		return r, err
	}
	known := scanResult(&s, &r)
	if err := s.end(); err != nil {
		return robots.Result{}, err
	}
	if !known || r.MessageID == "" {
		return robots.Result{}, &ParseError{Kind: ErrNotOurs}
	}
	return r, nil
}

// ParseQRCode reads a group-QR-code callback. Errors are *ParseError.
func ParseQRCode(body []byte) (robots.QRCode, error) {
	var r robots.Result
	s, err := callback(body)
	if err != nil {
		return robots.QRCode{}, err
	}
	scanResult(&s, &r)
	if err := s.end(); err != nil {
		return robots.QRCode{}, err
	}
	if r.Group == "" {
		r.Group = r.Fields.GroupName
	}
	if r.Group == "" {
		return robots.QRCode{}, &ParseError{Kind: ErrNotOurs}
	}
	return robots.QRCode{MessageID: r.MessageID, Group: r.Group, Link: r.QRCode}, nil
}

func callback(body []byte) (scanner, error) {
	if len(body) > DefaultMaxBody {
		return scanner{}, &ParseError{Kind: ErrTooLarge}
	}
	s := scanner{src: withoutMark(body)}
	if s.peek() == 0 && s.pos == len(s.src) {
		return scanner{}, &ParseError{Kind: ErrEmpty}
	}
	return s, nil
}

// scanResult reads a result as the callback writes it and as the query writes it: the code is errorCode there
// and rawSuccess here, the time is a number there and a local text here, lists stand in strings here.
// Known means that it had a code; without one nothing can be said of the command.
func scanResult(s *scanner, r *robots.Result) (known bool) {
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "messageId":
			r.MessageID = s.text()
		case "errorCode", "rawSuccess":
			if code, ok := s.code(); ok {
				r.Code, known = robots.ResultCode(code), true
			}
		case "errorReason":
			r.Reason = s.text()
		case "runTime":
			r.RunAt = moment(s.text())
		case "timeCost":
			r.Took = took(s.number())
		case "type":
			r.Type = robots.Code(s.integer())
		case "rawMsg":
			r.Raw = s.embedded()
			r.Fields = parseFields(r.Raw)
		case "successList":
			r.Done = s.texts()
		case "failList":
			r.Failed = s.texts()
		case "groupName":
			r.Group = s.text()
		case "qrCode":
			r.QRCode = s.text()
		default:
			s.skip()
		}
	}
	return known
}

// embedded reads JSON written into a string, or plainly.
func (s *scanner) embedded() string {
	if c := s.peek(); c == '{' || c == '[' {
		return s.raw()
	}
	return s.text()
}

// moment reads milliseconds since 1970 or a local text. What cannot be is the zero time.
func moment(written string) time.Time {
	var t time.Time
	if ms, err := strconv.ParseInt(written, 10, 64); err == nil {
		t = time.UnixMilli(ms)
	} else {
		for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", time.RFC3339} {
			if t, err = time.ParseInLocation(layout, strings.TrimSpace(written), china); err == nil {
				break
			}
		}
	}
	if t.Before(earliest) || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

func took(seconds float64) time.Duration {
	if seconds < 0 || seconds > maxTook.Seconds() {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}
