package worktool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// wireCommand is robots.Fields with the platform's names. The conversion between the two holds them together.
type wireCommand struct {
	Type                 robots.Code     `json:"type"`
	TitleList            []string        `json:"titleList,omitempty"`
	ReceivedContent      string          `json:"receivedContent,omitempty"`
	AtList               []string        `json:"atList,omitempty"`
	ObjectName           string          `json:"objectName,omitempty"`
	FileURL              string          `json:"fileUrl,omitempty"`
	FileBase64           string          `json:"fileBase64,omitempty"`
	FileType             string          `json:"fileType,omitempty"`
	ExtraText            string          `json:"extraText,omitempty"`
	ReceivedName         string          `json:"receivedName,omitempty"`
	OriginalContent      string          `json:"originalContent,omitempty"`
	TextType             robots.TextType `json:"textType,omitempty"`
	NameList             []string        `json:"nameList,omitempty"`
	GroupName            string          `json:"groupName,omitempty"`
	NewGroupName         string          `json:"newGroupName,omitempty"`
	SelectList           []string        `json:"selectList,omitempty"`
	RemoveList           []string        `json:"removeList,omitempty"`
	GroupAnnouncement    string          `json:"groupAnnouncement,omitempty"`
	NewGroupAnnouncement string          `json:"newGroupAnnouncement,omitempty"`
	GroupRemark          string          `json:"groupRemark,omitempty"`
	GroupTemplate        string          `json:"groupTemplate,omitempty"`
	ShowMessageHistory   bool            `json:"showMessageHistory,omitempty"`
	Friend               *wireFriend     `json:"friend,omitempty"`
	Other                json.RawMessage `json:"-"`
}

type wireFriend struct {
	Phone    string   `json:"phone,omitempty"`
	Name     string   `json:"name,omitempty"`
	Remark   string   `json:"markName,omitempty"`
	Note     string   `json:"markExtra,omitempty"`
	Tags     []string `json:"tagList,omitempty"`
	Greeting string   `json:"leavingMsg,omitempty"`
}

// encodeBatch writes the body of a send.
func encodeBatch(commands []robots.Command) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(64 + 256*len(commands))
	body.WriteString(`{"socketType":2,"list":[`)
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	for i, c := range commands {
		if i > 0 {
			body.WriteByte(',')
		}
		if err := encodeCommand(encoder, &body, c.Fields()); err != nil {
			return nil, fmt.Errorf("encode command %d: %w", i, err)
		}
	}
	body.WriteString("]}")
	return body.Bytes(), nil
}

func encodeCommand(encoder *json.Encoder, body *bytes.Buffer, f robots.Fields) error {
	if f.Other != nil {
		var object bytes.Buffer
		if err := json.Compact(&object, f.Other); err != nil {
			return err
		}
		fmt.Fprintf(body, `{"type":%d`, f.Type)
		if inner := object.Bytes()[1:]; len(inner) > 1 {
			body.WriteByte(',')
			body.Write(inner)
		} else {
			body.WriteByte('}')
		}
		return nil
	}
	return encoder.Encode(wireOf(f))
}

func wireOf(f robots.Fields) wireCommand {
	friend := (*wireFriend)(f.Friend)
	return wireCommand{
		Type: f.Type, TitleList: f.TitleList, ReceivedContent: f.ReceivedContent, AtList: f.AtList,
		ObjectName: f.ObjectName, FileURL: f.FileURL, FileBase64: f.FileBase64, FileType: f.FileType,
		ExtraText: f.ExtraText, ReceivedName: f.ReceivedName, OriginalContent: f.OriginalContent,
		TextType: f.TextType, NameList: f.NameList, GroupName: f.GroupName, NewGroupName: f.NewGroupName,
		SelectList: f.SelectList, RemoveList: f.RemoveList, GroupAnnouncement: f.GroupAnnouncement,
		NewGroupAnnouncement: f.NewGroupAnnouncement, GroupRemark: f.GroupRemark, GroupTemplate: f.GroupTemplate,
		ShowMessageHistory: f.ShowMessageHistory, Friend: friend, Other: f.Other,
	}
}

// typed holds the codes whose commands are compared field by field; any other is compared as a whole object.
func typed(code robots.Code) bool {
	switch code {
	case robots.CodeText, robots.CodeForward, robots.CodeCreateGroup, robots.CodeModifyGroup, robots.CodeSaveFriend,
		robots.CodeFile, robots.CodeDismissGroup, robots.CodeFriendFromGroup, robots.CodeTodo, robots.CodeRecall,
		robots.CodeClearQueue:
		return true
	default:
		return false
	}
}

// parseFields reads a command the platform repeats to us. What cannot be read gives the zero value.
func parseFields(raw string) robots.Fields {
	s := scanner{src: raw}
	if s.peek() != '{' {
		return robots.Fields{}
	}
	f := scanFields(&s)
	if s.end() != nil {
		return robots.Fields{}
	}
	if f.Type != 0 && !typed(f.Type) {
		return robots.Fields{Type: f.Type, Other: json.RawMessage(strings.TrimSpace(raw))}
	}
	return f
}

func scanFields(s *scanner) (f robots.Fields) {
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "type":
			f.Type = robots.Code(s.integer())
		case "titleList":
			f.TitleList = s.texts()
		case "receivedContent":
			f.ReceivedContent = s.text()
		case "atList":
			f.AtList = s.texts()
		case "objectName":
			f.ObjectName = s.text()
		case "fileUrl":
			f.FileURL = s.text()
		case "fileBase64":
			f.FileBase64 = s.text()
		case "fileType":
			f.FileType = s.text()
		case "extraText":
			f.ExtraText = s.text()
		case "receivedName":
			f.ReceivedName = s.text()
		case "originalContent":
			f.OriginalContent = s.text()
		case "textType":
			f.TextType = robots.TextType(s.integer())
		case "nameList":
			f.NameList = s.texts()
		case "groupName":
			f.GroupName = s.text()
		case "newGroupName":
			f.NewGroupName = s.text()
		case "selectList":
			f.SelectList = s.texts()
		case "removeList":
			f.RemoveList = s.texts()
		case "groupAnnouncement":
			f.GroupAnnouncement = s.text()
		case "newGroupAnnouncement":
			f.NewGroupAnnouncement = s.text()
		case "groupRemark":
			f.GroupRemark = s.text()
		case "groupTemplate":
			f.GroupTemplate = s.text()
		case "showMessageHistory":
			f.ShowMessageHistory = s.boolean()
		case "friend":
			f.Friend = scanFriend(s)
		default:
			s.skip()
		}
	}
	return f
}

func scanFriend(s *scanner) *robots.Friend {
	if s.peek() != '{' {
		s.skip()
		return nil
	}
	p := &robots.Friend{}
	for s.begin('{'); s.next('}'); {
		switch s.key() {
		case "phone":
			p.Phone = s.text()
		case "name":
			p.Name = s.text()
		case "markName":
			p.Remark = s.text()
		case "markExtra":
			p.Note = s.text()
		case "tagList":
			p.Tags = s.texts()
		case "leavingMsg":
			p.Greeting = s.text()
		default:
			s.skip()
		}
	}
	return p
}
