package robots

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxBatch is the most commands the platform takes in one request.
	MaxBatch = 100
	// MaxFileTargets is the most chats one file command may name.
	MaxFileTargets = 9
	// ShownName is how many wide characters of a group name a phone can read; longer names come back cut.
	ShownName = 12
)

// CheckName says whether a name we give to a person, group or remark can be found again by a phone. It is not
// asked of existing chats: those are called what people called them.
func CheckName(name string) error {
	if err := present("name", name); err != nil {
		return err
	}
	if i := strings.IndexAny(name, "- ()@"); i >= 0 {
		return fmt.Errorf("%w: the name %q holds the reserved character %q", ErrInvalid, name, name[i])
	}
	return nil
}

// CheckRemark is CheckName for remarks, which must not begin with a digit: WeChat Work's search then fails.
func CheckRemark(remark string) error {
	if err := CheckName(remark); err != nil {
		return err
	}
	if first, _ := utf8.DecodeRuneInString(remark); unicode.IsDigit(first) {
		return fmt.Errorf("%w: the remark %q begins with a digit and could not be searched", ErrInvalid, remark)
	}
	return nil
}

// CutWhenShown reports whether a group name is longer than a phone can read. Such a group needs a remark.
func CutWhenShown(name string) bool {
	half := 0
	for _, r := range name {
		if r < utf8.RuneSelf {
			half++
		} else {
			half += 2
		}
	}
	return half > 2*ShownName
}

// Validate a text.
func (c Text) Validate() error {
	return first(present("target", c.Target), content(c.Content), names("at", c.At))
}

// Validate a file.
func (c File) Validate() error {
	if err := first(targets(c.Targets, MaxFileTargets), present("file name", c.Name)); err != nil {
		return err
	}
	switch c.Kind {
	case FileImage, FileAudio, FileVideo, FileAny:
	default:
		return fmt.Errorf("%w: unknown file kind %q", ErrInvalid, c.Kind)
	}
	if c.Kind == FileImage && strings.HasSuffix(strings.ToLower(c.Name), ".webp") {
		return fmt.Errorf("%w: a webp file cannot be sent as an image", ErrInvalid)
	}
	if (c.URL == "") == (c.Base64 == "") {
		return fmt.Errorf("%w: a file needs either an address or its content", ErrInvalid)
	}
	if c.URL != "" {
		if u, err := url.Parse(c.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("%w: the address of the file is not an http or https address", ErrInvalid)
		}
	}
	return nil
}

// Validate a forwarded message.
func (c Forward) Validate() error {
	return first(present("chat", c.From), targets(c.To, MaxBatch), content(c.Original))
}

// Validate a new group.
func (c CreateGroup) Validate() error {
	return first(CheckName(c.Name), names("member", c.Members), optional(c.Remark, CheckRemark))
}

// Validate a change of a group.
func (c ModifyGroup) Validate() error {
	if c.NewName == "" && c.NewNotice == "" && c.Remark == "" && c.Template == "" && len(c.Add) == 0 && len(c.Remove) == 0 {
		return fmt.Errorf("%w: the change of a group changes nothing", ErrInvalid)
	}
	return first(present("group", c.Name), optional(c.NewName, CheckName), optional(c.Remark, CheckRemark),
		names("added member", c.Add), names("removed member", c.Remove))
}

// Validate the end of a group.
func (c DismissGroup) Validate() error { return present("group", c.Name) }

// Validate a friend's entry.
func (c SaveFriend) Validate() error {
	if (c.Friend.Phone == "") == (c.Friend.Name == "") {
		return fmt.Errorf("%w: a friend is added by phone or edited by name, one of the two", ErrInvalid)
	}
	return optional(c.Friend.Remark, CheckRemark)
}

// Validate a friend found in a group.
func (c FriendFromGroup) Validate() error {
	return first(present("group", c.Group), present("friend", c.Friend.Name), optional(c.Friend.Remark, CheckRemark))
}

// Validate a to-do.
func (c Todo) Validate() error { return first(targets(c.Targets, MaxBatch), content(c.Content)) }

// Validate a recalled message.
func (c Recall) Validate() error { return first(present("target", c.Target), content(c.Original)) }

// Validate the emptying of the queue.
func (ClearQueue) Validate() error { return nil }

// Validate a command of another code.
func (c Raw) Validate() error {
	if c.Type <= 0 {
		return fmt.Errorf("%w: a raw command needs its code", ErrInvalid)
	}
	var object map[string]json.RawMessage
	if len(c.JSON) > 0 && (json.Unmarshal(c.JSON, &object) != nil || object == nil) {
		return fmt.Errorf("%w: the fields of a raw command are not a JSON object", ErrInvalid)
	}
	if _, ok := object["type"]; ok {
		return fmt.Errorf("%w: a raw command names its code twice", ErrInvalid)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func optional(name string, check func(string) error) error {
	if name == "" {
		return nil
	}
	return check(name)
}

// present refuses names that no chat can have.
func present(what, name string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return fmt.Errorf("%w: the %s is empty", ErrInvalid, what)
	case !utf8.ValidString(name):
		return fmt.Errorf("%w: the %s is not UTF-8", ErrInvalid, what)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("%w: the %s %q holds a control character", ErrInvalid, what, name)
	}
	return nil
}

func names(what string, list []string) error {
	for _, name := range list {
		if err := present(what, name); err != nil {
			return err
		}
	}
	return nil
}

func targets(list []string, most int) error {
	if len(list) == 0 || len(list) > most {
		return fmt.Errorf("%w: %d targets, want 1 to %d", ErrInvalid, len(list), most)
	}
	return names("target", list)
}

// content refuses what the phone answers with "bad data format".
func content(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("%w: the text is empty", ErrInvalid)
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return fmt.Errorf("%w: the text is not UTF-8 or holds a NUL", ErrInvalid)
	}
	return nil
}
