package worktool

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// maxFormFields bounds how many fields of a form are looked at; the platform sends about ten.
const maxFormFields = 64

// form reads the legacy form-data mode, in which every value is a string.
func (m *incoming) form(body, contentType string, most int) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return &ParseError{Kind: ErrMalformed, Want: "JSON or a form"}
	}
	switch kind {
	case "application/x-www-form-urlencoded":
		return m.urlencoded(body)
	case "multipart/form-data":
		return m.multipart(body, params["boundary"], most)
	default:
		return &ParseError{Kind: ErrMalformed, Want: "JSON or a form"}
	}
}

func (m *incoming) urlencoded(body string) error {
	if strings.Count(body, "&") >= maxFormFields {
		return &ParseError{Kind: ErrTooLarge}
	}
	values, err := url.ParseQuery(body)
	if err != nil {
		return &ParseError{Kind: ErrMalformed, Want: "a form"}
	}
	for name := range values {
		m.set(name, clean(values.Get(name)))
	}
	return nil
}

func (m *incoming) multipart(body, boundary string, most int) error {
	reader := multipart.NewReader(strings.NewReader(body), boundary)
	for range maxFormFields {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &ParseError{Kind: ErrMalformed, Want: "a form"}
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(most)))
		if err != nil {
			return &ParseError{Kind: ErrMalformed, Want: "a form"}
		}
		m.set(part.FormName(), clean(string(value)))
	}
	return &ParseError{Kind: ErrTooLarge}
}

func (m *incoming) set(name, value string) {
	number := func() int {
		n, _ := strconv.Atoi(strings.TrimSpace(value)) // not a number counts as 0, like in JSON
		return n
	}
	switch name {
	case "spoken":
		m.Spoken, m.known = value, true
	case "rawSpoken":
		m.RawSpoken, m.known = value, true
	case "receivedName":
		m.Sender, m.known = value, true
	case "groupName":
		m.Group = value
	case "groupRemark":
		m.GroupRemark = value
	case "roomType":
		m.Room = robots.RoomType(number())
	case "textType":
		m.Type, m.known = robots.TextType(number()), true
	case "atMe":
		m.AtMe = strings.EqualFold(strings.TrimSpace(value), "true") || number() == 1
	case "messageId":
		m.ID = value
	case "fileBase64":
		m.image = value
	case "type":
		m.EventType = number()
	case "friendName":
		m.FriendName = value
	}
}

// clean does for form values what the scanner does for JSON: valid UTF-8, no NUL. A form's null is a word.
func clean(value string) string {
	if value == "null" {
		return ""
	}
	return strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "")
}
