package worktool

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// maxMessage bounds how much of the platform's own words an error repeats.
const maxMessage = 200

// judge decides what an HTTP answer means for the request: accepted, surely not accepted, or unknown.
func judge(account robots.Account, op string, res *http.Response, body []byte, readErr error) (answer, error) {
	a, parseErr := parseAnswer(body)
	e := &robots.CallError{Op: op, Status: res.StatusCode, Code: a.code, Message: shorten(a.message)}
	switch status := res.StatusCode; {
	case status == http.StatusTooManyRequests:
		e.Kind, e.RetryAfter = robots.ErrLimited, retryAfter(res)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Kind = robots.ErrAccount
	case status == http.StatusRequestTimeout, status >= 500:
		e.Kind = robots.ErrUnknown
	case status >= 400:
		e.Kind = robots.ErrRefused
	case status == http.StatusMovedPermanently, status == http.StatusTemporaryRedirect,
		status == http.StatusPermanentRedirect:
		e.Kind, e.Err = robots.ErrRefused, errors.New("the platform has moved: correct the base address")
	case status < 200 || status >= 300:
		e.Kind = robots.ErrUnknown
	case readErr != nil:
		e.Kind, e.Err = robots.ErrUnknown, readErr
	case parseErr != nil:
		e.Kind, e.Err = robots.ErrUnknown, parseErr
	case !a.hasCode:
		e.Kind, e.Err = robots.ErrUnknown, errors.New("answer without a code")
	case a.code == 0 || a.code == 200:
		return a, nil
	default:
		e.Kind = kindOfCode(robots.ResultCode(a.code))
		if errors.Is(e.Kind, robots.ErrLimited) {
			e.RetryAfter = retryAfter(res)
		}
	}
	return answer{}, failure(account, e)
}

// kindOfCode judges the code of an envelope that came with a good status. Codes that mirror a 5xx are an
// exception behind the platform's door, which may have come after the batch was taken in.
func kindOfCode(code robots.ResultCode) error {
	switch {
	case code == http.StatusTooManyRequests:
		return robots.ErrLimited
	case code == http.StatusUnauthorized, code == http.StatusForbidden,
		code == robots.ResultUnknownRobot, code == robots.ResultWrongKey, code == robots.ResultDoubleLogin:
		return robots.ErrAccount
	case code == http.StatusRequestTimeout, code >= 500 && code <= 599, code < 0:
		return robots.ErrUnknown
	default:
		return robots.ErrRefused
	}
}

func parseAnswer(body []byte) (answer, error) {
	var a answer
	s := scanner{src: string(body)}
	if s.peek() == 0 && s.pos == len(s.src) {
		return a, &ParseError{Kind: ErrEmpty}
	}
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "code":
			a.code, a.hasCode = s.code()
		case "message", "msg":
			a.message = s.text()
		case "data":
			a.data = s.raw()
		default:
			s.skip()
		}
	}
	if err := s.end(); err != nil {
		return answer{}, err
	}
	return a, nil
}

// retryAfter reads the header's seconds or date; the answer's own Date stands for now, so no clock is needed.
func retryAfter(res *http.Response) time.Duration {
	written := strings.TrimSpace(res.Header.Get("Retry-After"))
	if seconds, err := strconv.Atoi(written); err == nil {
		return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	}
	until, err := http.ParseTime(written)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(res.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), 24*time.Hour)
}

func shorten(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	cut := maxMessage
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
