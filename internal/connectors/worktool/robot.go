package worktool

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// Online asks whether the robot's phone is connected.
func (c *Client) Online(ctx context.Context, account robots.Account) (robots.OnlineState, error) {
	a, err := c.get(ctx, account, "online", "/robot/robotInfo/online", nil)
	if err != nil {
		return robots.OnlineUnknown, err
	}
	switch s := (scanner{src: a.data}); s.text() {
	case "true", "1":
		return robots.Online, nil
	case "false", "0":
		return robots.Offline, nil
	default:
		return robots.OnlineUnknown, nil
	}
}

// Info asks how the robot is set up.
func (c *Client) Info(ctx context.Context, account robots.Account) (robots.Info, error) {
	a, err := c.get(ctx, account, "info", "/robot/robotInfo/get", nil)
	if err != nil {
		return robots.Info{}, err
	}
	var info robots.Info
	s := scanner{src: a.data}
	if s.peek() != '{' {
		return info, unreadable(account, "info", a, &ParseError{Kind: ErrMalformed, Want: "an object"})
	}
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "name":
			info.Name = s.text()
		case "openCallback":
			info.MessageCallback = s.integer() != 0
		case "replyAll":
			info.Policy = robots.ReplyPolicy(s.integer())
		case "robotKeyCheck":
			info.KeyCheck = s.integer() == 1
		case "callBackRequestType":
			info.FormData = s.integer() == 1
		case "createTime":
			info.CreatedAt = moment(s.text())
		default:
			s.skip()
		}
	}
	return info, nil
}

// SetMessageCallback switches the message callback on at the address, or off where it is empty.
func (c *Client) SetMessageCallback(
	ctx context.Context, account robots.Account, address string, policy robots.ReplyPolicy,
) error {
	body := map[string]any{"openCallback": 0, "replyAll": policy}
	if address != "" {
		body["openCallback"], body["callbackUrl"] = 1, address
	}
	return c.post(ctx, account, "set message callback", "/robot/robotInfo/update", body)
}

// BindCallback binds an address. The platform probes it first and refuses one that does not answer with JSON.
func (c *Client) BindCallback(
	ctx context.Context, account robots.Account, kind robots.CallbackKind, address string,
) error {
	return c.post(ctx, account, "bind callback", "/robot/robotInfo/callBack/bind",
		map[string]any{"type": kind, "callBackUrl": address})
}

// UnbindCallback frees a kind of callback.
func (c *Client) UnbindCallback(ctx context.Context, account robots.Account, kind robots.CallbackKind) error {
	return c.post(ctx, account, "unbind callback", "/robot/robotInfo/callBack/deleteByType",
		map[string]any{"type": kind})
}

// ListCallbacks lists what is bound, the message callback included.
func (c *Client) ListCallbacks(ctx context.Context, account robots.Account) ([]robots.Binding, error) {
	a, err := c.get(ctx, account, "list callbacks", "/robot/robotInfo/callBack/get", nil)
	if err != nil {
		return nil, err
	}
	page, err := readPage(account, "list callbacks", a, 1, 0, func(s *scanner) (b robots.Binding, ok bool) {
		for s.begin('{'); s.next('}'); {
			switch s.key() {
			case "id":
				b.ID = s.text()
			case "type":
				b.Kind = robots.CallbackKind(s.integer())
			case "callBackUrl":
				b.Address = s.text()
			case "typeName":
				b.Name = s.text()
			default:
				s.skip()
			}
		}
		return b, true
	})
	return page.Items, err
}

// CallbackLog lists message callbacks, newest first.
func (c *Client) CallbackLog(
	ctx context.Context, account robots.Account, q robots.LogQuery,
) (robots.Page[robots.LoggedMessage], error) {
	query := pageQuery(q.From, q.To, q.Page, q.Size, "start_time,desc")
	if q.Name != "" {
		query.Set("name", q.Name)
	}
	a, err := c.get(ctx, account, "callback log", "/robot/qaLog/list", query)
	if err != nil {
		return robots.Page[robots.LoggedMessage]{}, err
	}
	return readPage(account, "callback log", a, q.Page, q.Size, scanLogged)
}

func scanLogged(s *scanner) (l robots.LoggedMessage, ok bool) {
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "startTime":
			l.At = moment(s.text())
		case "timeCost":
			l.Took = took(s.number())
		case "receivedName":
			l.Message.Sender = s.text()
		case "groupName":
			l.Message.Group = s.text()
		case "textType":
			l.Message.Type = robots.TextType(s.integer())
		case "atMe":
			l.Message.AtMe = s.boolean()
		case "question":
			l.Message.Spoken = s.text()
		case "rawSpoken":
			l.Message.RawSpoken = s.text()
		case "answer":
			l.Answer = s.text()
		case "messageId":
			l.Message.ID = s.text()
		default:
			s.skip()
		}
	}
	return l, true
}

func (c *Client) get(ctx context.Context, account robots.Account, op, path string, query url.Values) (answer, error) {
	return c.call(ctx, account, request{op: op, method: http.MethodGet, path: path, keyed: true, query: query})
}

func (c *Client) post(ctx context.Context, account robots.Account, op, path string, body map[string]any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return failure(account, &robots.CallError{Op: op, Kind: robots.ErrRefused, Err: fmt.Errorf("encode: %w", err)})
	}
	_, err = c.call(ctx, account, request{op: op, method: http.MethodPost, path: path, keyed: true, body: encoded})
	return err
}

func unreadable(account robots.Account, op string, a answer, err error) error {
	return failure(account, &robots.CallError{
		Op: op, Kind: robots.ErrUnknown, Status: http.StatusOK, Code: a.code, Err: err,
	})
}
