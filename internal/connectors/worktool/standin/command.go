package standin

import (
	"encoding/json"
	"slices"
	"strings"
)

// command is a command as it arrives.
type command struct {
	Type                 int      `json:"type"`
	TitleList            []string `json:"titleList"`
	ReceivedContent      string   `json:"receivedContent"`
	AtList               []string `json:"atList"`
	ObjectName           string   `json:"objectName"`
	FileURL              string   `json:"fileUrl"`
	FileBase64           string   `json:"fileBase64"`
	FileType             string   `json:"fileType"`
	ExtraText            string   `json:"extraText"`
	ReceivedName         string   `json:"receivedName"`
	OriginalContent      string   `json:"originalContent"`
	TextType             int      `json:"textType"`
	NameList             []string `json:"nameList"`
	GroupName            string   `json:"groupName"`
	NewGroupName         string   `json:"newGroupName"`
	SelectList           []string `json:"selectList"`
	RemoveList           []string `json:"removeList"`
	GroupAnnouncement    string   `json:"groupAnnouncement"`
	NewGroupAnnouncement string   `json:"newGroupAnnouncement"`
	GroupRemark          string   `json:"groupRemark"`
	Friend               *struct {
		Phone    string `json:"phone"`
		Name     string `json:"name"`
		MarkName string `json:"markName"`
	} `json:"friend"`
}

// The codes that the phone treats in a way of its own; every other code succeeds without a visible effect.
const (
	cmdText        = 203
	cmdForward     = 205
	cmdCreateGroup = 206
	cmdModifyGroup = 207
	cmdSaveFriend  = 213
	cmdFile        = 218
	cmdDismiss     = 219
	cmdTodo        = 221
	cmdRecall      = 226
	cmdClear       = 304
)

// Result codes of the phone.
const (
	codeOK             = 0
	codeBadFormat      = 101011
	codeRename         = 201012
	codeNoRoom         = 201101
	codeSendFailed     = 201102
	codeTargetNotFound = 201104
	codeAlreadyFriend  = 201106
)

// reasons are the platform's texts; their wording is not documented and no one may depend on it.
var reasons = map[int]string{
	codeBadFormat: "数据格式错误", codeRename: "修改群名失败", codeNoRoom: "找不到群", codeSendFailed: "发送失败",
	codeTargetNotFound: "找不到目标", codeAlreadyFriend: "已经是好友", 101012: "非法操作", 101014: "重复指令",
	201103: "按钮未找到",
}

// batch is the body of a send.
type batch struct {
	SocketType int               `json:"socketType"`
	List       []json.RawMessage `json:"list"`
}

const maxBatch = 100

// task is a command in a phone's queue.
type task struct {
	command
	raw   json.RawMessage
	entry *Entry
}

// parse reads the commands of a batch. A text explains what is wrong with it.
func (b *batch) parse() ([]*task, string) {
	if b.SocketType != 2 {
		return nil, "socketType应为2"
	}
	if len(b.List) == 0 || len(b.List) > maxBatch {
		return nil, "list长度应为1-100"
	}
	tasks := make([]*task, len(b.List))
	for i, raw := range b.List {
		t := &task{raw: raw, entry: &Entry{Position: i, State: Waiting}}
		if json.Unmarshal(raw, &t.command) != nil || t.Type == 0 {
			return nil, "指令格式错误"
		}
		t.entry.Type, t.entry.Targets, t.entry.At = t.Type, t.TitleList, t.AtList
		if t.GroupName != "" {
			t.entry.Targets = []string{t.GroupName}
		}
		t.entry.Content = t.ReceivedContent
		for _, other := range []string{t.OriginalContent, t.ObjectName} {
			if t.entry.Content == "" {
				t.entry.Content = other
			}
		}
		tasks[i] = t
	}
	return tasks, ""
}

// key is equal for commands that a phone takes for equal.
func (t *task) key() string {
	if t.Type == cmdText {
		return strings.Join([]string{strings.Join(t.TitleList, "\x00"), t.ReceivedContent, strings.Join(t.AtList, "\x00")}, "\x01")
	}
	same, err := json.Marshal(t.command)
	if err != nil {
		return string(t.raw)
	}
	return string(same)
}

// invalid reports what the phone answers with "bad data format".
func (t *task) invalid() bool {
	switch t.Type {
	case cmdText, cmdTodo:
		return len(t.TitleList) == 0 || strings.TrimSpace(t.ReceivedContent) == ""
	case cmdFile:
		return len(t.TitleList) == 0 || len(t.TitleList) > 9 || t.ObjectName == "" ||
			t.FileURL == "" && t.FileBase64 == "" ||
			!slices.Contains([]string{"image", "audio", "video", "*"}, t.FileType)
	case cmdForward:
		return len(t.TitleList) == 0 || len(t.NameList) == 0
	case cmdRecall:
		return len(t.TitleList) == 0 || t.OriginalContent == ""
	case cmdCreateGroup, cmdModifyGroup, cmdDismiss:
		return t.GroupName == ""
	case cmdSaveFriend:
		return t.Friend == nil || t.Friend.Phone == "" && t.Friend.Name == ""
	default:
		return false
	}
}
