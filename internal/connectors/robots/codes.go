package robots

// ResultCode is the platform's number for how a command ended; 0 is success.
type ResultCode int

// The result codes that rules elsewhere name.
const (
	ResultOK             ResultCode = 0
	ResultBadFormat      ResultCode = 101011
	ResultException      ResultCode = 101012
	ResultNoPermission   ResultCode = 101013
	ResultDuplicate      ResultCode = 101014
	ResultCreateFailed   ResultCode = 201011
	ResultRenameFailed   ResultCode = 201012
	ResultRoomNotFound   ResultCode = 201101
	ResultSendFailed     ResultCode = 201102
	ResultTargetNotFound ResultCode = 201104
	ResultAlreadyFriend  ResultCode = 201106
	ResultUnknownRobot   ResultCode = 501011
	ResultWrongKey       ResultCode = 501012
	ResultDoubleLogin    ResultCode = 501013
	ResultServerOther    ResultCode = 501000
)

// Judgement is what a result code means for the command that got it.
type Judgement struct {
	Meaning     string
	Retryable   bool // sending it again may help
	RetryLimit  int  // how often at most, 0 for as often as the caller allows
	CountAsDone bool // what was wanted is so already
	QueryFirst  bool // look how things stand before sending again
	Person      bool // only a person can put it right
}

// judgements holds one row per code that the platform documents or its app is known to send.
var judgements = map[ResultCode]Judgement{
	0:      {Meaning: "success", CountAsDone: true},
	101011: {Meaning: "bad data format, such as an empty text"},
	101012: {Meaning: "illegal operation or exception in the app", Retryable: true},
	101013: {Meaning: "a permission is missing on the phone", Person: true},
	101014: {Meaning: "duplicate command: an earlier copy exists", QueryFirst: true},
	201011: {Meaning: "the group could not be created", Retryable: true, QueryFirst: true},
	201012: {Meaning: "the group could not be renamed; on creation it may exist already", QueryFirst: true, Retryable: true},
	201013: {Meaning: "members could not be added", Retryable: true},
	201014: {Meaning: "members could not be removed", Retryable: true},
	201015: {Meaning: "the notice could not be set", Retryable: true},
	201016: {Meaning: "the remark could not be set", Retryable: true},
	201017: {Meaning: "the group template could not be set", Retryable: true},
	201018: {Meaning: "the limit of new groups is reached"},
	201101: {Meaning: "chat not found, usually a wrong name or remark", Retryable: true, RetryLimit: 1},
	201102: {Meaning: "sending failed", Retryable: true},
	201103: {Meaning: "a button was not found on the screen", Retryable: true},
	201104: {Meaning: "target not found, usually a wrong name"},
	201105: {Meaning: "forwarding failed", Retryable: true},
	201106: {Meaning: "already a friend", CountAsDone: true},
	201107: {Meaning: "the phone could not download the file", Retryable: true},
	201108: {Meaning: "the phone could not store the file"},
	201109: {Meaning: "the QR code of the group could not be read", Retryable: true},
	501000: {Meaning: "the platform refused the phone"},
	501011: {Meaning: "unknown robot id", Person: true},
	501012: {Meaning: "wrong robot key", Person: true},
	501013: {Meaning: "the robot is logged in twice", Person: true},
}

// Judge says what the code means. An unknown code is not retried and goes to a person: whether the command was
// done cannot be told.
func (c ResultCode) Judge() Judgement {
	if j, ok := judgements[c]; ok {
		return j
	}
	return Judgement{Meaning: "undocumented result code", QueryFirst: true, Person: true}
}
