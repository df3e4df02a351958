package robots

import "time"

// Message is one thing said in a chat, as a robot's phone read it from the screen: best effort, with display
// names for ids, and sometimes reported twice or late.
type Message struct {
	ID          string // often empty; one id has been seen on different contents
	Sender      string // display name; not unique
	Group       string // empty in a private chat
	GroupRemark string // the robot account's own remark for the group
	Room        RoomType
	Type        TextType
	AtMe        bool
	Spoken      string // without the mention of the robot
	RawSpoken   string // as it was written
	Image       []byte // PNG, only where the platform sends images along
	ImageLost   bool   // an image came along but was unreadable or over the limit
	EventType   int    // with TextType TextEvent
	FriendName  string // with TextType TextEvent
}

// Private reports whether the message was said to the robot alone.
func (m *Message) Private() bool {
	switch m.Room {
	case RoomExternalContact, RoomInternalContact:
		return true
	case RoomExternalGroup, RoomInternalGroup:
		return false
	default:
		return m.Group == "" && m.GroupRemark == ""
	}
}

// ReplyTarget is the name under which the platform finds the chat again: a remark hides the name.
func (m *Message) ReplyTarget() string {
	switch {
	case m.Private():
		return m.Sender
	case m.GroupRemark != "":
		return m.GroupRemark
	default:
		return m.Group
	}
}

// RoomType is the kind of chat. Unknown numbers are kept.
type RoomType int

// The known kinds of chats.
const (
	RoomUnknown         RoomType = 0
	RoomExternalGroup   RoomType = 1
	RoomExternalContact RoomType = 2
	RoomInternalGroup   RoomType = 3
	RoomInternalContact RoomType = 4
)

// TextType is the kind of content. Unknown numbers are kept, never refused.
type TextType int

// The kinds of content that the platform documents, and those its app knows besides.
const (
	TextUnknown        TextType = 0
	TextPlain          TextType = 1
	TextImage          TextType = 2
	TextVoice          TextType = 3
	TextContactCard    TextType = 4
	TextVideo          TextType = 5
	TextLocation       TextType = 6
	TextMiniProgram    TextType = 7
	TextLink           TextType = 8
	TextFile           TextType = 9
	TextWarning        TextType = 10
	TextDocument       TextType = 11
	TextRelayList      TextType = 12
	TextMergedChat     TextType = 13
	TextCollectionForm TextType = 14
	TextQuote          TextType = 15
	TextNotifyRobot    TextType = 16
	TextChannelsVideo  TextType = 17
	TextChannelsLive   TextType = 18
	TextEvent          TextType = 22
)

// EventFriendAdded is the EventType of a message that says a person became a contact.
const EventFriendAdded = 105

// LoggedMessage is a message from the platform's callback log.
type LoggedMessage struct {
	At      time.Time
	Took    time.Duration // how long our answer took
	Answer  string        // what we answered
	Message Message
}
