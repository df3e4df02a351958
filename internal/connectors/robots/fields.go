package robots

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
)

// Fields is a command as the flat record that travels: one kind of command uses some of them. Field names are
// the platform's.
type Fields struct {
	Type                 Code
	TitleList            []string
	ReceivedContent      string
	AtList               []string
	ObjectName           string
	FileURL              string
	FileBase64           string
	FileType             string
	ExtraText            string
	ReceivedName         string
	OriginalContent      string
	TextType             TextType
	NameList             []string
	GroupName            string
	NewGroupName         string
	SelectList           []string
	RemoveList           []string
	GroupAnnouncement    string
	NewGroupAnnouncement string
	GroupRemark          string
	GroupTemplate        string
	ShowMessageHistory   bool
	Friend               *Friend
	Other                json.RawMessage // the whole object of a Raw command
}

// Fingerprint is the same for two commands exactly when a phone takes them for equal. It is stable over
// releases and may be stored.
type Fingerprint [16]byte

// String writes the fingerprint in hexadecimal.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// fingerprintBase64 is how much of a file the platform repeats in results; more must not count, or a result
// would not be recognised as its command's.
const fingerprintBase64 = 100

// Fingerprint of the command the record describes.
func (f *Fields) Fingerprint() Fingerprint {
	var room [512]byte
	b := strconv.AppendInt(room[:0], int64(f.Type), 10)
	if f.Other != nil {
		b = append(b, canonical(f.Other)...)
		return sum(b)
	}
	text := func(name byte, s string) {
		if s != "" {
			b = append(b, name)
			b = strconv.AppendInt(b, int64(len(s)), 10)
			b = append(append(b, ':'), s...)
		}
	}
	list := func(name byte, items []string) {
		if len(items) > 0 {
			b = append(b, name)
			b = strconv.AppendInt(b, int64(len(items)), 10)
			for _, s := range items {
				text('.', s+"\x00") // an empty name counts too
			}
		}
	}
	list('a', f.TitleList)
	text('b', f.ReceivedContent)
	list('c', f.AtList)
	text('d', f.ObjectName)
	text('e', f.FileURL)
	text('f', f.FileBase64[:min(len(f.FileBase64), fingerprintBase64)])
	text('g', f.FileType)
	text('h', f.ExtraText)
	text('i', f.ReceivedName)
	text('j', f.OriginalContent)
	if f.TextType != 0 {
		text('k', strconv.Itoa(int(f.TextType)))
	}
	list('l', f.NameList)
	text('m', f.GroupName)
	text('n', f.NewGroupName)
	list('o', f.SelectList)
	list('p', f.RemoveList)
	text('q', f.GroupAnnouncement)
	text('r', f.NewGroupAnnouncement)
	text('s', f.GroupRemark)
	text('t', f.GroupTemplate)
	if f.ShowMessageHistory {
		b = append(b, 'u')
	}
	if p := f.Friend; p != nil {
		b = append(b, 'v')
		text('a', p.Phone)
		text('b', p.Name)
		text('c', p.Remark)
		text('d', p.Note)
		list('e', p.Tags)
		text('f', p.Greeting)
	}
	return sum(b)
}

func sum(b []byte) Fingerprint {
	full := sha256.Sum256(b)
	return Fingerprint(full[:16])
}

// canonical writes an object with sorted names, without empty values and without what the platform adds.
func canonical(object json.RawMessage) []byte {
	var values map[string]any
	if json.Unmarshal(object, &values) != nil {
		return object
	}
	for name, v := range values {
		switch name {
		case "type", "messageId", "apiSend":
			delete(values, name)
			continue
		}
		switch v := v.(type) {
		case nil:
			delete(values, name)
		case string:
			if v == "" {
				delete(values, name)
			} else if name == "fileBase64" {
				values[name] = v[:min(len(v), fingerprintBase64)]
			}
		case float64:
			if v == 0 {
				delete(values, name)
			}
		case bool:
			if !v {
				delete(values, name)
			}
		case []any:
			if len(v) == 0 {
				delete(values, name)
			}
		}
	}
	sorted, err := json.Marshal(values)
	if err != nil {
		return object
	}
	return sorted
}

// Fingerprint of a command.
func FingerprintOf(c Command) Fingerprint {
	f := c.Fields()
	return f.Fingerprint()
}

// Fields of a text.
func (c Text) Fields() Fields {
	return Fields{Type: CodeText, TitleList: []string{c.Target}, ReceivedContent: c.Content, AtList: c.At}
}

// Fields of a file.
func (c File) Fields() Fields {
	return Fields{
		Type: CodeFile, TitleList: c.Targets, ObjectName: c.Name, FileURL: c.URL, FileBase64: c.Base64,
		FileType: string(c.Kind), ExtraText: c.Note,
	}
}

// Fields of a forwarded message.
func (c Forward) Fields() Fields {
	return Fields{
		Type: CodeForward, TitleList: []string{c.From}, ReceivedName: c.Sender, OriginalContent: c.Original,
		TextType: c.Kind, NameList: c.To, ExtraText: c.Note,
	}
}

// Fields of a new group.
func (c CreateGroup) Fields() Fields {
	return Fields{
		Type: CodeCreateGroup, GroupName: c.Name, SelectList: c.Members, GroupAnnouncement: c.Notice,
		GroupRemark: c.Remark, GroupTemplate: c.Template,
	}
}

// Fields of a change of a group.
func (c ModifyGroup) Fields() Fields {
	return Fields{
		Type: CodeModifyGroup, GroupName: c.Name, NewGroupName: c.NewName, NewGroupAnnouncement: c.NewNotice,
		GroupRemark: c.Remark, GroupTemplate: c.Template, SelectList: c.Add, RemoveList: c.Remove,
		ShowMessageHistory: c.ShowHistory,
	}
}

// Fields of the end of a group.
func (c DismissGroup) Fields() Fields { return Fields{Type: CodeDismissGroup, GroupName: c.Name} }

// Fields of a friend's entry.
func (c SaveFriend) Fields() Fields { return Fields{Type: CodeSaveFriend, Friend: &c.Friend} }

// Fields of a friend found in a group.
func (c FriendFromGroup) Fields() Fields {
	return Fields{Type: CodeFriendFromGroup, GroupName: c.Group, Friend: &c.Friend}
}

// Fields of a to-do.
func (c Todo) Fields() Fields {
	return Fields{Type: CodeTodo, TitleList: c.Targets, ReceivedContent: c.Content}
}

// Fields of a recalled message.
func (c Recall) Fields() Fields {
	return Fields{Type: CodeRecall, TitleList: []string{c.Target}, OriginalContent: c.Original, TextType: c.Kind}
}

// Fields of the emptying of the queue.
func (ClearQueue) Fields() Fields { return Fields{Type: CodeClearQueue} }

// Fields of a command of another code.
func (c Raw) Fields() Fields {
	other := c.JSON
	if len(other) == 0 {
		other = json.RawMessage("{}")
	}
	return Fields{Type: c.Type, Other: other}
}
