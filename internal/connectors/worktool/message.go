package worktool

import (
	"encoding/base64"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// Default sizes of callback bodies. A body holds a text twice, with the mention and without, and may write each character of it in six bytes:
// the largest one takes a text of 1 MB.
const (
	DefaultMaxBody  = 5 << 20
	DefaultMaxImage = 8 << 20
)

// Limits bounds callback bodies. The zero value has the defaults; a negative MaxImage means that images are dropped.
type Limits struct {
	MaxBody  int // body without its image
	MaxImage int // image after decoding
}

func (l Limits) body() int {
	if l.MaxBody > 0 {
		return l.MaxBody
	}
	return DefaultMaxBody
}

func (l Limits) image() int {
	switch {
	case l.MaxImage > 0:
		return l.MaxImage
	case l.MaxImage < 0:
		return 0
	}
	return DefaultMaxImage
}

// ReadLimit is how many bytes of a message callback to read at most: a body and its image in base64.
func (l Limits) ReadLimit() int { return l.body() + (l.image()+2)/3*4 }

// ParseMessage reads a message callback within the default limits.
func ParseMessage(body []byte, contentType string) (robots.Message, error) {
	return Limits{}.ParseMessage(body, contentType)
}

// ParseMessage reads a message callback, JSON or form data. What the platform is known to vary is accepted;
// errors are *ParseError. The body is not kept.
func (l Limits) ParseMessage(body []byte, contentType string) (robots.Message, error) {
	if len(body) > l.ReadLimit() {
		return robots.Message{}, &ParseError{Kind: ErrTooLarge}
	}
	s := scanner{src: withoutMark(body)}
	var m incoming
	switch s.peek() {
	case 0:
		if s.pos == len(s.src) {
			return robots.Message{}, &ParseError{Kind: ErrEmpty}
		}
		return robots.Message{}, &ParseError{Kind: ErrMalformed, Want: "a callback"}
	case '{':
		m.scan(&s)
		if err := s.end(); err != nil {
			return robots.Message{}, err
		}
	default:
		if err := m.form(s.src, contentType, l.ReadLimit()); err != nil {
			return robots.Message{}, err
		}
	}
	return m.finish(len(body), l)
}

// withoutMark is a body as a text, without the byte order mark that some libraries write before it.
func withoutMark(body []byte) string { return strings.TrimPrefix(string(body), "\ufeff") }

// incoming is a message while it is read.
type incoming struct {
	robots.Message
	image string
	known bool // a field that only message callbacks have was there
}

func (m *incoming) scan(s *scanner) {
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "spoken":
			m.Spoken, m.known = s.text(), true
		case "rawSpoken":
			m.RawSpoken, m.known = s.text(), true
		case "receivedName":
			m.Sender, m.known = s.text(), true
		case "groupName":
			m.Group = s.text()
		case "groupRemark":
			m.GroupRemark = s.text()
		case "roomType":
			m.Room = robots.RoomType(s.integer())
		case "textType":
			m.Type, m.known = robots.TextType(s.integer()), true
		case "atMe":
			m.AtMe = s.boolean()
		case "messageId":
			m.ID = s.text()
		case "fileBase64":
			m.image = s.text()
		case "type":
			m.EventType = int(s.integer())
		case "friendName":
			m.FriendName = s.text()
		default:
			s.skip()
		}
	}
}

func (m *incoming) finish(size int, l Limits) (robots.Message, error) {
	if !m.known {
		return robots.Message{}, &ParseError{Kind: ErrNotOurs}
	}
	if size-len(m.image) > l.body() {
		return robots.Message{}, &ParseError{Kind: ErrTooLarge}
	}
	m.compact()
	if m.image != "" {
		m.Image, m.ImageLost = image(m.image, l.image())
	}
	return m.Message, nil
}

// compact copies the message's texts into one string of their own, so that a kept message holds neither its whole body nor an image in memory.
func (m *incoming) compact() {
	if m.RawSpoken == m.Spoken {
		m.RawSpoken = ""
		defer func() { m.RawSpoken = m.Spoken }()
	}
	texts := [...]*string{&m.ID, &m.Sender, &m.Group, &m.GroupRemark, &m.Spoken, &m.RawSpoken, &m.FriendName}
	size := 0
	for _, text := range texts {
		size += len(*text)
	}
	var joined strings.Builder
	joined.Grow(size)
	for _, text := range texts {
		from := joined.Len()
		joined.WriteString(*text)
		*text = joined.String()[from:]
	}
}

// image decodes base64, also behind a data address.
func image(written string, most int) (data []byte, lost bool) {
	if strings.HasPrefix(written, "data:") {
		if _, rest, ok := strings.Cut(written, ","); ok {
			written = rest
		}
	}
	if base64.StdEncoding.DecodedLen(len(written)) > most+2 {
		return nil, true
	}
	data, err := base64.StdEncoding.DecodeString(written)
	if err != nil || len(data) > most || len(data) == 0 {
		return nil, true
	}
	return data, false
}
