package robots

import "encoding/json"

// Code is the platform's number for a kind of command.
type Code int

// The codes of typed commands; Raw carries any other.
const (
	CodeText            Code = 203
	CodeForward         Code = 205
	CodeCreateGroup     Code = 206
	CodeModifyGroup     Code = 207
	CodeSaveFriend      Code = 213
	CodeFile            Code = 218
	CodeDismissGroup    Code = 219
	CodeFriendFromGroup Code = 220
	CodeTodo            Code = 221
	CodeRecall          Code = 226
	CodeClearQueue      Code = 304
)

// AtEveryone in Text.At mentions all members; the robot must own or administer the group.
const AtEveryone = "@所有人"

// Command is one thing a robot can be told to do: Text, File, Forward, CreateGroup, ModifyGroup, DismissGroup,
// SaveFriend, FriendFromGroup, Todo, Recall, ClearQueue or Raw. All names in commands are display names; where
// the robot's account has a remark for a group or person, the remark must be used.
type Command interface {
	// Fields is the command as one flat record.
	Fields() Fields
	// Validate says what the platform or the phone would refuse or misunderstand; errors wrap ErrInvalid.
	Validate() error
	sealed()
}

// Text says something in one chat. One target only: with several, some may get it and others not.
type Text struct {
	Target  string
	Content string
	At      []string
}

// File sends a file that the phone fetches itself from URL, or that travels along as Base64.
type File struct {
	Targets []string // at most MaxFileTargets
	Name    string   // with extension; different files need different names
	URL     string
	Base64  string
	Kind    FileKind
	Note    string
}

// FileKind is how a file is shown in the chat.
type FileKind string

// The kinds of files.
const (
	FileImage FileKind = "image" // no webp
	FileAudio FileKind = "audio"
	FileVideo FileKind = "video"
	FileAny   FileKind = "*"
)

// Forward forwards a message found in a chat, such as a mini program.
type Forward struct {
	From     string // the chat that holds the message
	Sender   string
	Original string
	Kind     TextType
	To       []string
	Note     string
}

// CreateGroup creates an external group. A second group of the same name is not created.
type CreateGroup struct {
	Name     string
	Members  []string
	Notice   string
	Remark   string
	Template string
}

// ModifyGroup changes what is set and leaves the rest.
type ModifyGroup struct {
	Name        string
	NewName     string
	NewNotice   string
	Remark      string
	Template    string
	Add         []string
	Remove      []string
	ShowHistory bool // added members see what was said before
}

// DismissGroup ends a group for all its members. It cannot be undone.
type DismissGroup struct {
	Name string
}

// Friend is a person to befriend, or whose entry is edited.
type Friend struct {
	Phone    string
	Name     string
	Remark   string
	Note     string
	Tags     []string
	Greeting string
}

// SaveFriend adds a person by phone number, or edits a friend by name.
type SaveFriend struct {
	Friend Friend
}

// FriendFromGroup befriends a member of an external group.
type FriendFromGroup struct {
	Group  string
	Friend Friend
}

// Todo adds a to-do to chats.
type Todo struct {
	Targets []string
	Content string
}

// Recall takes back a message of the robot, in external chats within two minutes.
type Recall struct {
	Target   string
	Original string
	Kind     TextType
}

// ClearQueue empties the phone's queue. The commands that stood there give no result.
type ClearQueue struct{}

// Raw is a command of any other code. JSON is an object of the platform's fields without "type".
type Raw struct {
	Type Code
	JSON json.RawMessage
}

func (Text) sealed()            {}
func (File) sealed()            {}
func (Forward) sealed()         {}
func (CreateGroup) sealed()     {}
func (ModifyGroup) sealed()     {}
func (DismissGroup) sealed()    {}
func (SaveFriend) sealed()      {}
func (FriendFromGroup) sealed() {}
func (Todo) sealed()            {}
func (Recall) sealed()          {}
func (ClearQueue) sealed()      {}
func (Raw) sealed()             {}
