package standin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"strconv"
	"time"
)

// heardMessage is the body of a message callback.
type heardMessage struct {
	Spoken       string `json:"spoken"`
	RawSpoken    string `json:"rawSpoken"`
	ReceivedName string `json:"receivedName"`
	GroupName    string `json:"groupName"`
	GroupRemark  string `json:"groupRemark"`
	RoomType     int    `json:"roomType"`
	AtMe         bool   `json:"atMe"`
	TextType     int    `json:"textType"`
	FileBase64   string `json:"fileBase64,omitempty"`
	MessageID    string `json:"messageId,omitempty"`
}

// Utterance is what a person says.
type Utterance struct {
	Group     string   `json:"group"`   // true name; empty for a private chat
	RobotID   string   `json:"robotId"` // of a private chat
	Sender    string   `json:"sender"`
	Text      string   `json:"text"`
	At        []string `json:"at"`        // names of people and robots
	Type      int      `json:"type"`      // 0 means 1, a text
	Image     []byte   `json:"image"`     // PNG; base64 in JSON
	MessageID string   `json:"messageId"` // empty means one of the stand-in's making
}

// Say lets a person say something: every robot of the chat that is online and whose policy asks for it reports it.
func (s *Sim) Say(u Utterance) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byName[u.Group]
	if u.Group == "" && s.byID[u.RobotID] != nil {
		c = s.private(s.byID[u.RobotID], u.Sender)
	}
	if c == nil {
		return fmt.Errorf("group %q: %w", u.Group, ErrNoSuch)
	}
	s.people[u.Sender] = true
	if u.Type == 0 {
		u.Type = 1
		if len(u.Image) > 0 {
			u.Type = 2
		}
	}
	if u.MessageID == "" {
		u.MessageID = strconv.FormatInt(s.nextID(s.opts.Now()), 10)
	}
	s.say(c, Line{Sender: u.Sender, Text: mention(u.Text, u.At), Type: u.Type}, nil, u.Image, u.MessageID)
	return nil
}

// hear lets a robot report a line, where its settings ask for it.
func (s *Sim) hear(r *robot, c *chat, l Line, image []byte, messageID string) {
	if r.mode.Offline || r.openCallback != 1 || r.callbackURL == "" || r.replyAll < 0 {
		return
	}
	spoken, atMe := unmention(l.Text, r.name)
	if r.replyAll == 0 && !atMe && !c.private {
		return
	}
	m := heardMessage{
		Spoken: spoken, RawSpoken: l.Text, ReceivedName: l.Sender, RoomType: c.roomType(), AtMe: atMe, TextType: l.Type,
	}
	if !c.private {
		m.GroupName, m.GroupRemark = c.name, c.remarks[r]
	}
	if len(image) > 0 {
		m.FileBase64 = base64.StdEncoding.EncodeToString(image)
	}
	if !r.mode.OmitMessageID {
		m.MessageID = messageID
	}
	body, contentType := m.encode(r.formData)
	p := posting{url: r.callbackURL, contentType: contentType, body: body, shard: s.post.shard(r.id, c.name)}
	p.answered = func(answer []byte, took time.Duration) { s.answered(r, c, m, answer, took) }
	p.missed = func(took time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		m.FileBase64 = ""
		r.heard.add(logged{at: s.opts.Now().Add(-took), body: m, took: took})
	}
	copies := 1
	if r.mode.DoubleMessage {
		copies = 2
	}
	for range copies {
		s.post.add(p)
	}
}

func (c *chat) roomType() int {
	switch {
	case c.private && c.internal:
		return 4
	case c.private:
		return 2
	case c.internal:
		return 3
	default:
		return 1
	}
}

// answered logs a message callback, and does what the platform does with the answer: a code other than 0 makes
// the robot say the message aloud, and the old synchronous reply is said too.
func (s *Sim) answered(r *robot, c *chat, m heardMessage, answer []byte, took time.Duration) {
	var reply struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    struct {
			Type int `json:"type"`
			Info struct {
				Text string `json:"text"`
			} `json:"info"`
		} `json:"data"`
	}
	text := ""
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(answer, &reply); err == nil {
		switch {
		case reply.Code != 0:
			text = reply.Message
			s.counts.Blurted++
		case reply.Data.Type == 5000:
			text = reply.Data.Info.Text
		}
	}
	m.FileBase64 = ""
	r.heard.add(logged{at: s.opts.Now().Add(-took), body: m, answer: text, took: took})
	if text != "" && !s.closed {
		s.say(c, Line{Sender: r.name, Text: text, Type: 1}, r, nil, "")
	}
}

// encode writes the body as JSON, or in the legacy form-data mode.
func (m *heardMessage) encode(form bool) (body []byte, contentType string) {
	encoded, err := json.Marshal(m)
	if err != nil || !form {
		return encoded, "application/json"
	}
	var fields map[string]any
	_ = json.Unmarshal(encoded, &fields) // what was just marshalled
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for name, value := range fields {
		_ = w.WriteField(name, fmt.Sprint(value)) // a buffer takes everything
	}
	_ = w.Close()
	return buf.Bytes(), w.FormDataContentType()
}
