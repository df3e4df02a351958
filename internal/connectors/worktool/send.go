package worktool

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

const defaultPageSize = 100

// Send hands over one batch. An answer that says yes but names no message id is an unknown outcome, because
// nothing could be matched to the batch later.
func (c *Client) Send(ctx context.Context, account robots.Account, commands []robots.Command) (robots.Receipt, error) {
	refuse := func(err error) (robots.Receipt, error) {
		return robots.Receipt{}, failure(account, &robots.CallError{Op: "send", Kind: robots.ErrRefused, Err: err})
	}
	if err := robots.CheckBatch(commands); err != nil {
		return refuse(err)
	}
	body, err := encodeBatch(commands)
	if err != nil {
		return refuse(err)
	}
	a, err := c.call(ctx, account, request{
		op: "send", method: http.MethodPost, path: "/wework/sendRawMessage", body: body,
	})
	if err != nil {
		return robots.Receipt{}, err
	}
	data := scanner{src: a.data}
	if id := data.text(); id != "" {
		return robots.Receipt{MessageID: id}, nil
	}
	return robots.Receipt{}, failure(account, &robots.CallError{
		Op: "send", Kind: robots.ErrUnknown, Status: http.StatusOK, Code: a.code, Err: errors.New("answer without a message id"),
	})
}

// Results lists results of commands, newest first.
func (c *Client) Results(ctx context.Context, account robots.Account, q robots.Query) (robots.Page[robots.Result], error) {
	a, err := c.call(ctx, account, request{
		op: "results", method: http.MethodGet, path: "/robot/rawMsg/list", query: listQuery(q, "run_time,desc"),
	})
	if err != nil {
		return robots.Page[robots.Result]{}, err
	}
	return readPage(account, "results", a, q.Page, q.Size, scanRow)
}

// Accepted lists what was accepted, newest first.
func (c *Client) Accepted(ctx context.Context, account robots.Account, q robots.Query) (robots.Page[robots.Acceptance], error) {
	a, err := c.call(ctx, account, request{
		op: "accepted", method: http.MethodGet, path: "/wework/listRawMessage", query: listQuery(q, "create_time,desc"),
	})
	if err != nil {
		return robots.Page[robots.Acceptance]{}, err
	}
	return readPage(account, "accepted", a, q.Page, q.Size, scanAcceptance)
}

// scanRow reads a result. A row without a code is of a command that has not ended.
func scanRow(s *scanner) (r robots.Result, ok bool) {
	ok = scanResult(s, &r)
	return r, ok
}

// scanAcceptance reads a row of which only the frame is documented: the command may stand in rawMsg alone, as a
// batch with a list, or as a list.
func scanAcceptance(s *scanner) (a robots.Acceptance, ok bool) {
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "messageId":
			a.MessageID = s.text()
		case "createTime", "sendTime":
			a.At = moment(s.text())
		case "rawMsg", "rawMessage", "content":
			if raw := s.embedded(); raw != "" {
				a.Raw = raw
				a.Commands = parseCommands(raw)
			}
		default:
			s.skip()
		}
	}
	return a, a.MessageID != ""
}

func parseCommands(raw string) []robots.Fields {
	s := scanner{src: raw}
	list := raw
	if s.peek() == '{' {
		list = ""
		for s.begin('{'); s.next('}'); {
			if s.key() == "list" && s.peek() == '[' {
				list = s.raw()
			} else {
				s.skip()
			}
		}
		if list == "" {
			if f := parseFields(raw); f.Type != 0 {
				return []robots.Fields{f}
			}
			return nil
		}
	}
	var commands []robots.Fields
	s = scanner{src: list}
	for s.begin('['); s.next(']'); {
		commands = append(commands, parseFields(s.raw()))
	}
	return commands
}

func listQuery(q robots.Query, sort string) url.Values {
	values := pageQuery(q.From, q.To, q.Page, q.Size, sort)
	if q.MessageID != "" {
		values.Set("messageId", q.MessageID)
	}
	if q.Type != 0 {
		values.Set("type", strconv.Itoa(int(q.Type)))
	}
	return values
}

func pageQuery(from, to time.Time, page, size int, sort string) url.Values {
	values := url.Values{"sort": {sort}, "page": {strconv.Itoa(max(page, 1))}}
	if size <= 0 {
		size = defaultPageSize
	}
	values.Set("size", strconv.Itoa(size))
	for name, t := range map[string]time.Time{"startTime": from, "endTime": to} {
		if !t.IsZero() {
			values.Set(name, t.In(china).Format(time.DateTime))
		}
	}
	return values
}

// readPage reads a listing, which comes as an array, as an object with list or records, or as either in a string.
// Rows for which scan says no are left out.
func readPage[T any](
	account robots.Account, op string, a answer, page, size int, scan func(*scanner) (T, bool),
) (robots.Page[T], error) {
	if size <= 0 {
		size = defaultPageSize
	}
	page = max(page, 1)
	s := scanner{src: a.data}
	if s.peek() == '"' {
		s = scanner{src: s.text()}
	}
	var result robots.Page[T]
	rows := 0
	items := func() {
		if s.peek() != '[' {
			s.skip()
			return
		}
		for s.begin('['); s.next(']'); {
			rows++
			if item, ok := scan(&s); ok {
				result.Items = append(result.Items, item)
			}
		}
	}
	pages := -1
	switch s.peek() {
	case '[':
		items()
	case '{':
		for s.begin('{'); s.next('}'); {
			switch s.key() {
			case "list", "records":
				items()
			case "totalPage", "pages":
				pages = int(s.integer())
			default:
				s.skip()
			}
		}
	case 0, 'n': // no data at all is an empty listing
	default:
		s.fail(ErrMalformed, "a list")
	}
	if s.err != nil {
		return robots.Page[T]{}, failure(account, &robots.CallError{
			Op: op, Kind: robots.ErrUnknown, Status: http.StatusOK, Code: a.code, Err: s.err,
		})
	}
	if page < pages || pages < 0 && rows >= size {
		result.Next = page + 1
	}
	return result, nil
}
