package robots

import "time"

// Result is what a phone reports of one command. A batch has one result per command, all with its message id:
// Fields.Fingerprint tells which command of the batch a result belongs to.
type Result struct {
	MessageID string
	Type      Code
	Code      ResultCode
	Reason    string    // the platform's text; empty on success
	RunAt     time.Time // zero where the platform gave no believable time
	Took      time.Duration
	Fields    Fields // the command as the phone got it; zero where it could not be read
	Raw       string // the command as the platform wrote it
	Done      []string
	Failed    []string
	Group     string // with group commands
	QRCode    string // with group commands: link to an image, valid for seven days
}

// Succeeded reports whether the command counts as done for all its targets. A code that says "it is so already"
// counts even where the platform lists the target as failed.
func (r *Result) Succeeded() bool {
	if r.Code == ResultOK {
		return len(r.Failed) == 0
	}
	return r.Code.Judge().CountAsDone
}

// Acceptance is a batch, or a part of one, that the platform took in.
type Acceptance struct {
	MessageID string
	At        time.Time
	Commands  []Fields
	Raw       string
}

// QRCode is the invitation image of a group, reported after a group was made or changed.
type QRCode struct {
	MessageID string
	Group     string
	Link      string // empty where the phone could not read it
}
