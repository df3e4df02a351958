// Package storage is the contract of the store: small interfaces by role, composed into Store, and the suite in storagetest that every
// backend must pass. What a method promises stands here; what it does not promise is named.
//
// The package may import gen and the standard library. It never imports bun, drivers, engine, nodes, server or gRPC.
package storage

import (
	"context"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Store is everything a server needs of a database. All methods are safe for concurrent use; after Close they must return ErrClosed, and
// with an ended context they must return its error. Methods that find nothing under a key must return ErrNotFound. What was written is seen
// by every read that begins afterwards. Times are UTC with microseconds. Messages that are returned belong to the caller; their resource
// names are not filled in.
//
// Ids are compared byte by byte, with case. Texts may hold anything: NUL bytes and invalid UTF-8 are stored as U+FFFD and never fail a call.
// A filter for a part of a text takes it as it is, without wildcards, and lets A and a be the same.
type Store interface {
	Committer
	SessionStore
	ReadMarkStore
	SessionNoteStore
	InstanceStore
	CommandStore
	TaskStore
	AlertStore
	FlowStore
	CheckpointStore
	RobotStore
	DirectoryStore
	EnvironmentStore
	InboxStore
	RequestStore
	JobStore
	AnalyticsStore
	UsageStore
	DemoStore
	TestCaseStore
	ReplicaStore
	LimitStore
	TryStore
	NoteStore
	TurnLogStore
	RetentionStore
	AccessStore
	AuditStore

	// Ping reports whether the database answers.
	Ping(ctx context.Context) error
	// Prove stores something and takes it away again: a database that answers may still have no room, or be read-only. It leaves nothing
	// behind, and wraps ErrUnavailable when nothing can be stored.
	Prove(ctx context.Context) error
	// Stats are row counts and sizes by table, for the benchmark and the doctor. They may be estimates.
	Stats(ctx context.Context) ([]TableStats, error)
	// Close ends the store.
	Close() error
}

// TableStats is the size of one table.
type TableStats struct {
	Table string
	Rows  int64
	Bytes int64 // with indexes; 0 when the database does not tell
}

// Committer applies batches.
type Committer interface {
	// Commit applies a batch in one transaction: all of it or, with an error, nothing. A turn whose session is not at its expected version
	// loses: none of its rows are written, its neighbours are not touched, and its index is in the result. A delivery or cancel whose
	// command is not in one of the expected states loses in the same way. An environment, an inbox event, a message or another row that is
	// already there under its key is left as it is; a command whose key is taken is named in the result.
	//
	// Fences are checked in the same transaction: while it lasts no lease of the batch changes hands, and turns of a partition whose lease has
	// another number lose, and so do deliveries to commands of its sessions. A session's version decides all the same. Under a fence a direct
	// turn loses when the inbox has an event of its session that was stored under another lease, or under none: whoever brought that was told
	// that it is stored, and it comes first.
	//
	// Several turns of one session must stand in their order in the batch; each that does not follow on the one before loses, and so do
	// those after it. Updates come after all inserts of the batch, and deliveries of the batch last. Once begun, a commit ends although its
	// context ends.
	//
	// With ErrUnavailable nothing was stored. When the outcome of the transaction itself is not known, the error wraps ErrUnknown: the
	// caller finds out by reading one of its turns.
	Commit(ctx context.Context, batch *Batch) (*BatchResult, error)
}

// Preparer is a store that can do part of a commit's work ahead of it, on the processors that the committer leaves free.
type Preparer interface {
	// Prepare may be called once for a turn before it is given to Commit, by any goroutine. Commit then needs Data and Snapshot no more, and
	// the memory of both may be used again. The commands and their contents must not change afterwards; states, robots and times of commands may.
	Prepare(turn *TurnWrite)
}

// Batch is what is committed together.
type Batch struct {
	Turns        []*TurnWrite
	Inbox        []*flowdeskv1.Event // made durable ahead of their turn; under the fence of their partition when the batch has it
	Deliveries   []*Delivery
	Environments []*EnvironmentBlob
	Quarantine   []*QuarantineEntry // an event of the inbox leaves it
	Fences       []Fence            // leases under which the turns were made; without one a partition is not checked
	Log          *LogMark           // place of the batch in the log of turns; nil keeps it out
}

// Fence is a lease of a partition by its number.
type Fence struct {
	Partition int32
	Number    int64
}

// BatchResult names what lost.
type BatchResult struct {
	LostTurns      []int            // indexes into Batch.Turns
	Overtaking     []int            // those of LostTurns whose session has an earlier event in the inbox
	Repeated       []int            // those of LostTurns whose request had its turn before; an event of the inbox has left it all the same
	LostDeliveries []int            // indexes into Batch.Deliveries
	LateCancels    []CommandCancel  // cancels that came too late, of turns that won
	LateEdits      []CommandEdit    // changes of text that came too late, of turns that won
	LeftOut        []CommandLeftOut // commands of turns that won which were not enqueued because their key was taken
	LostLeases     []int32          // partitions of Batch.Fences whose lease has another number by now; their turns lost
}

// CommandLeftOut is a command whose key was taken. It does not exist and must not be sent.
type CommandLeftOut struct {
	Turn    int    // index into Batch.Turns
	Command string // the command that was not enqueued
	Known   string // the command that has the key
}

// TurnWrite is one turn as rows. The first statement of a commit updates sessions where the version matches; everything else is written
// for the winners only.
type TurnWrite struct {
	Session      string
	Partition    int32  // 0..1023
	Expect       int64  // version of the session before the turn; 0 creates it
	Event        string // id of the event; also the id of the turn
	Time         time.Time
	Data         []byte // the serialized flowdeskv1.Turn; it comes back byte for byte
	Unmatched    bool
	FromInbox    bool   // the event stands in the inbox and leaves it with this turn
	Follows      bool   // the event may not overtake what came into the inbox of its session before it: it then loses, as one of Overtaking
	Behind       string // ids of events in the inbox, separated by spaces, that the event may come before all the same
	Snapshot     []byte // the serialized SessionState after the turn; nil for most turns
	Head         SessionHead
	Messages     []*flowdeskv1.Message // inserted; staff's also into staff_messages. A raw text equal to the text is not kept apart
	Annotations  []*flowdeskv1.AnnotateMessage
	Merges       []*flowdeskv1.MergeReport
	Instances    []*InstanceWrite
	Commands     []*flowdeskv1.Command // inserted with the state they carry. Keys are unique with the instance, which is part of the digest
	Cancels      []*flowdeskv1.CancelCommand
	Edits        []*flowdeskv1.EditCommand // of commands that have not left and were changed as often before as the change says
	Tasks        []*flowdeskv1.TrackTask   // inserted or replaced
	DeletedTasks []string
	Alerts       []*flowdeskv1.Alert // inserted or replaced
	Calls        []*flowdeskv1.Call
	SettledCalls []string
	Events       []*flowdeskv1.Event // for other sessions, into the inbox
	Facts        []*flowdeskv1.Fact
	Presence     []*flowdeskv1.PresenceFact // last writer wins by active_at
	Deliveries   []*Delivery                // delivery states that the turn's event brought; for winners, and left out when they come too late

	Request *RequestMark // of the API call that brought the event, nil for none; a turn of a request that had one loses, as one of Repeated

	Prepared any // what Prepare made; nil lets Commit do it
}

// RequestMark is an answer by request id that is stored together with a turn: a repetition finds it even if the process ended right after.
type RequestMark struct {
	Method string
	ID     string
	Answer []byte
}

// CommandCancel is a cancel of a turn.
type CommandCancel struct {
	Session string
	Command string
}

// CommandEdit is a change of a command's text by a turn.
type CommandEdit struct {
	Session string
	Command string
	Event   string // that brought it
}

// SessionHead are the columns of a session's row, for lists and timers.
type SessionHead struct {
	Title           string
	Kind            flowdeskv1.SessionKind
	MessageCount    int64
	LastMessageTime time.Time
	LastRole        flowdeskv1.Role
	LastText        string // at most 100 characters
	OpenTasks       int32
	OpenAlerts      int32
	Unanswered      int32
	OldestQuestion  time.Time // when the question was asked that has waited longest; zero for none
	Held            bool
	Resolved        bool
	NextDue         time.Time // when the first timer of the session is due; zero for none
}

// InstanceWrite is one instance as a row: inserted when Began, otherwise updated. Turn is appended to the turns of the instance.
type InstanceWrite struct {
	ID         string
	Flow       string
	Version    int32
	Began      bool
	Status     flowdeskv1.InstanceStatus
	Event      string // that started it
	Message    string // that started it, for chat messages
	Trace      string
	LastNode   string
	FailedNode string
	Error      string
	WaitingFor []string
	Turn       int64 // session version before the turn
	Time       time.Time
}

// Delivery changes the delivery state of a command by compare-and-set. Empty texts and zero times leave what is there, but for error code,
// reason and done time, which belong to the new state.
type Delivery struct {
	Session         string // of the command: a fence of the batch for its partition covers the delivery; empty for none
	Command         string
	From            []flowdeskv1.CommandState // allowed states before
	FromAttempts    int32                     // attempts before; -1 for any
	FromEdits       *int32                    // changes of its text before, so that no text leaves that was changed meanwhile; nil for any
	State           flowdeskv1.CommandState
	Robot           string
	Attempts        int32
	PlatformMessage string
	ErrorCode       int32
	Reason          string
	SendTime        time.Time
	SentTime        time.Time
	DoneTime        time.Time
	ResultDeadline  time.Time
	Attempt         *flowdeskv1.CommandAttempt // row of execution_tracking, inserted or replaced by (command, number)
}

// EnvironmentBlob is one environment snapshot by its digest.
type EnvironmentBlob struct {
	Digest string
	Data   []byte
}

// QuarantineEntry is an event whose turn failed the same way too often.
type QuarantineEntry struct {
	Event  *flowdeskv1.Event
	Reason string
	Tries  int32
	Time   time.Time

	Dismissal *Dismissal // nil for those that are open
}

// Dismissal is a person's word that nothing is to be done about an event.
type Dismissal struct {
	Actor  string
	Reason string
	Time   time.Time
}

// QuarantineFilter narrows ListQuarantine.
type QuarantineFilter struct {
	Dismissed bool // those that were dismissed; otherwise the open ones
}

// SessionStore reads sessions, turns and messages.
type SessionStore interface {
	// LoadSession is what is needed to build a session's state: its last snapshot, and the turns after it in order. A session without a
	// turn gives an empty record and no error.
	LoadSession(ctx context.Context, session string) (*SessionRecord, error)
	// GetSession is a session's row.
	GetSession(ctx context.Context, session string) (*flowdeskv1.Session, error)
	// ListSessions lists sessions, last message first. A title and the flags are looked for in the order of the list: what few sessions have
	// takes a look at all of them.
	ListSessions(ctx context.Context, filter SessionFilter, page Page) ([]*flowdeskv1.Session, string, error)
	// DueSessions are sessions with a timer due before a time, earliest first.
	DueSessions(ctx context.Context, before time.Time, limit int) ([]DueSession, error)
	// DueSessionsOf is DueSessions for the sessions of the given partitions.
	DueSessionsOf(ctx context.Context, partitions []int32, before time.Time, limit int) ([]DueSession, error)
	// GetTurn is one turn of a session by the version before it, serialized.
	GetTurn(ctx context.Context, session string, version int64) ([]byte, error)
	// ListTurns lists a session's turns from a version on, in order.
	ListTurns(ctx context.Context, session string, from int64, limit int) ([][]byte, error)
	// SessionBefore is the last snapshot at or before a version and the turns from it to that version, for replay.
	SessionBefore(ctx context.Context, session string, version int64) (*SessionRecord, error)
	// ListUnmatched lists turns whose event no flow took, newest first, serialized.
	ListUnmatched(ctx context.Context, page Page) ([][]byte, string, error)
	// GetMessage is one message.
	GetMessage(ctx context.Context, message string) (*flowdeskv1.Message, error)
	// ListMessages lists messages, newest first, of one session or of all. Other filters are looked for in that order.
	ListMessages(ctx context.Context, filter MessageFilter, page Page) ([]*flowdeskv1.Message, string, error)
	// ListFacts lists facts, newest first: of a name by their time, else in the order in which they were stored.
	ListFacts(ctx context.Context, filter FactFilter, page Page) ([]*flowdeskv1.Fact, string, error)
}

// SessionRecord is a session as stored.
type SessionRecord struct {
	Version         int64
	Snapshot        []byte // nil when there is none yet
	SnapshotVersion int64
	Turns           [][]byte // after the snapshot, in order
}

// DueSession is a session with a due timer.
type DueSession struct {
	Session string
	Due     time.Time
}

// SessionFilter narrows ListSessions. Zero fields do not narrow.
type SessionFilter struct {
	Title      string // part of the title
	Kind       flowdeskv1.SessionKind
	Held       *bool
	Resolved   *bool
	Unanswered bool // only those with unanswered questions
	Alerted    bool // only those with open alerts
	// Unattended lists those with unanswered questions first, each part with the last message first.
	Unattended bool
	// Waiting lists only those with unanswered questions, the one whose question has waited longest first.
	Waiting  bool
	Sessions []string
	// Reader is who is told what is unread; empty tells nobody. Sessions that the reader never marked count since UnreadSince. Neither makes
	// another list of it.
	Reader      string    `json:"-"`
	UnreadSince time.Time `json:"-"`
	// Unread lists only those with something unread.
	Unread bool `json:",omitempty"`
}

// MessageFilter narrows ListMessages.
type MessageFilter struct {
	Session string
	Role    flowdeskv1.Role
	After   time.Time
	Before  time.Time
	Text    string // part of the text
}

// FactFilter narrows ListFacts.
type FactFilter struct {
	Name    string
	Session string
	After   time.Time
	Before  time.Time
}

// InstanceStore reads instances.
type InstanceStore interface {
	// GetInstance is one instance, with the versions of the turns that moved it.
	GetInstance(ctx context.Context, instance string) (*flowdeskv1.Instance, []int64, error)
	// ListInstances lists instances, newest first. Session, and open statuses, are found at once; the rest is looked for in the order of the
	// list.
	ListInstances(ctx context.Context, filter InstanceFilter, page Page) ([]*flowdeskv1.Instance, string, error)
	// CountInstances counts the instances of a flow's version that have not ended.
	CountInstances(ctx context.Context, flow string, version int32) (int64, error)
	// OpenVersions are the flow versions on which instances have not ended.
	OpenVersions(ctx context.Context) ([]*flowdeskv1.ProgramRef, error)
	// ListQuarantine lists quarantined events, newest first.
	ListQuarantine(ctx context.Context, filter QuarantineFilter, page Page) ([]*QuarantineEntry, string, error)
	// GetQuarantine is one quarantined event, dismissed or not.
	GetQuarantine(ctx context.Context, event string) (*QuarantineEntry, error)
	// DismissQuarantine notes that nothing is to be done about a quarantined event; ErrConflict when it was dismissed before.
	DismissQuarantine(ctx context.Context, event string, dismissal Dismissal) error
	// CountQuarantine counts the quarantined events that nobody dismissed.
	CountQuarantine(ctx context.Context) (int64, error)
	// TakeQuarantine moves a quarantined event back to the inbox and gives it, to be driven again. A crash in between loses nothing: the next
	// start finds it there.
	TakeQuarantine(ctx context.Context, event string) (*QuarantineEntry, error)
}

// InstanceFilter narrows ListInstances.
type InstanceFilter struct {
	Flow     string
	Version  int32
	Session  string
	Message  string
	Statuses []flowdeskv1.InstanceStatus
	After    time.Time // by when it began
	Before   time.Time

	FailedNode string
	SenderRole flowdeskv1.Role // of the message that started it
	Oldest     bool            // the oldest first
	Groups     []string        `json:",omitempty"` // only what belongs to these alone; empty is all
	IDs        []string        `json:",omitempty"` // only these; empty is all
}

// CommandStore reads commands and their attempts.
type CommandStore interface {
	// GetCommand is one command with its attempts.
	GetCommand(ctx context.Context, command string) (*flowdeskv1.Command, error)
	// ListCommands lists commands, newest first or by due time. Session, instance, a range, and states that do not include completed are found at once; the rest is
	// looked for in the order of the list.
	ListCommands(ctx context.Context, filter CommandFilter, page Page) ([]*flowdeskv1.Command, string, error)
	// CountCommands counts the commands that UnsettledCommands gives, by state. The settled ones are most of the table and are not counted.
	CountCommands(ctx context.Context) (map[flowdeskv1.CommandState]int64, error)
	// CountByRobot counts the commands enqueued since a time, whatever their state, by robot and state: of the newest atMost of all robots.
	CountByRobot(ctx context.Context, since time.Time, atMost int) (map[string]map[flowdeskv1.CommandState]int32, error)
	// UnsettledCommands are all commands in states queued, delayed, sending, sent, timeout and unknown, in order of id, after the given id,
	// with their attempts; for start-up.
	UnsettledCommands(ctx context.Context, after string, limit int) ([]*flowdeskv1.Command, error)
}

// CommandFilter narrows ListCommands.
type CommandFilter struct {
	States   []flowdeskv1.CommandState
	Session  string // that enqueued it
	Target   string // in which it is said
	Robot    string
	Instance string
	ReplyTo  string
	After    time.Time // by when it was enqueued
	Before   time.Time
	DueAfter time.Time // by when it may leave
	DueUntil time.Time
	ByDue    bool     // by when it may leave, earliest first; States must be set, and none of them settled
	Reverse  bool     // the order the other way round
	Groups   []string `json:",omitempty"` // only what belongs to these alone; empty is all
	IDs      []string `json:",omitempty"` // only these; empty is all
}

// TaskStore reads track tasks.
type TaskStore interface {
	// GetTask is one task.
	GetTask(ctx context.Context, task string) (*flowdeskv1.TrackTask, error)
	// ListTasks lists tasks: by deadline, earliest first and without those that have none, or newest first.
	ListTasks(ctx context.Context, filter TaskFilter, page Page) ([]*flowdeskv1.TrackTask, string, error)
	// CountOpenTasks counts open tasks by assignee.
	CountOpenTasks(ctx context.Context) (map[string]int32, error)
}

// TaskFilter narrows ListTasks.
type TaskFilter struct {
	States     []flowdeskv1.TaskState
	Group      string
	Target     string
	Assignee   string
	Kinds      []flowdeskv1.TaskKind
	Origins    []flowdeskv1.TaskOrigin
	Command    string
	DueBefore  time.Time
	ByDeadline bool
	Unassigned bool     // nobody is responsible
	Reverse    bool     // the order the other way round
	Groups     []string `json:",omitempty"` // only what belongs to these alone; empty is all
	IDs        []string `json:",omitempty"` // only these; empty is all
}

// AlertStore reads alerts.
type AlertStore interface {
	// GetAlert is one alert.
	GetAlert(ctx context.Context, alert string) (*flowdeskv1.Alert, error)
	// ListAlerts lists alerts, newest first.
	ListAlerts(ctx context.Context, filter AlertFilter, page Page) ([]*flowdeskv1.Alert, string, error)
	// CountPersonAlerts counts the alerts about people of the directory that were raised on a local day (YYYY-MM-DD), by person and session, in
	// the order of both.
	CountPersonAlerts(ctx context.Context, day string) ([]*flowdeskv1.PersonAlerts, error)
}

// AlertFilter narrows ListAlerts.
type AlertFilter struct {
	States      []flowdeskv1.AlertState
	Levels      []flowdeskv1.AlertLevel
	Categories  []flowdeskv1.AlertCategory
	Session     string
	Participant string
	After       time.Time
	Before      time.Time
	Assignee    string
	Silenced    *bool // at the time Now
	Now         time.Time
	Gravest     bool     // by level, the gravest first, and of those the newest; States must be set, without resolved
	Reverse     bool     // the order the other way round
	Groups      []string `json:",omitempty"` // only what belongs to these alone; empty is all
	IDs         []string `json:",omitempty"` // only these; empty is all
}

// FlowStore keeps flows and their versions.
type FlowStore interface {
	// CreateFlow stores a new flow; ErrExists when the id is taken.
	CreateFlow(ctx context.Context, flow *flowdeskv1.Flow) error
	// InstallFlow stores a new flow with its first version, which becomes the active one, in one transaction; ErrExists when the id is taken.
	InstallFlow(ctx context.Context, flow *flowdeskv1.Flow, version *flowdeskv1.FlowVersion) error
	// GetFlow is a flow with its draft.
	GetFlow(ctx context.Context, flow string) (*flowdeskv1.Flow, error)
	// ListFlows lists flows without their drafts, newest first. A text is looked for in the order of the list: what few flows have takes a look
	// at many drafts, and after 1,000 of them a page ends where it stands, with the token of the next.
	ListFlows(ctx context.Context, filter FlowFilter, page Page) ([]*flowdeskv1.Flow, string, error)
	// UpdateFlow replaces the draft when its revision is still the given one, and counts the revision up; otherwise ErrConflict.
	UpdateFlow(ctx context.Context, flow *flowdeskv1.Flow, revision int64) error
	// DeleteFlow removes a flow that is not active and has no open instances; otherwise ErrConflict. Versions stay for replay.
	DeleteFlow(ctx context.Context, flow string) error
	// PublishVersion stores the next version of a flow and, with activate, makes it the active one, in one transaction. The number is
	// given by the store: it follows on the greatest ever given for the flow's id.
	PublishVersion(ctx context.Context, version *flowdeskv1.FlowVersion, activate bool) (int32, error)
	// RollBack stores the next version of a flow and makes it the active one in the place of the one from which it is rolled back, in one
	// transaction; ErrConflict when another one is active by now. A draft that is given replaces the flow's, when that still has its revision;
	// otherwise ErrConflict too. The number is given as by PublishVersion; with a request it is stored as the answer of that one,
	// in decimal digits, so that a repetition finds what was done.
	RollBack(ctx context.Context, version *flowdeskv1.FlowVersion, draft *flowdeskv1.Flow, request *RequestMark) (int32, error)
	// SetActive makes a version the active one; 0 deactivates the flow.
	SetActive(ctx context.Context, flow string, version int32) error
	// GetVersion is one version with its definition.
	GetVersion(ctx context.Context, flow string, version int32) (*flowdeskv1.FlowVersion, error)
	// ListVersions lists a flow's versions without definitions, newest first.
	ListVersions(ctx context.Context, flow string, page Page) ([]*flowdeskv1.FlowVersion, string, error)
	// ActiveVersions are the active versions of all flows, with definitions.
	ActiveVersions(ctx context.Context) ([]*flowdeskv1.FlowVersion, error)
}

// FlowFilter narrows ListFlows.
type FlowFilter struct {
	Text   string // part of the title, of a node's name or of any text in the draft, letter case ignored
	Active *bool
	Label  string
	Order  FlowOrder
}

// FlowOrder is by what flows are listed.
type FlowOrder struct {
	By      FlowKey
	Reverse bool // the order the other way round
}

// FlowKey is what flows are ordered by.
type FlowKey int

// The keys of flows.
const (
	FlowCreated FlowKey = iota // newest first
	FlowTitle                  // first to last
	FlowChanged                // latest first
)

// RobotStore keeps robots. Robots are stored with their secrets and a webhook secret each.
type RobotStore interface {
	// PutRobot creates a robot or replaces it when its etag is still the given one ("" for any); otherwise ErrConflict.
	PutRobot(ctx context.Context, robot *RobotRecord, etag string) error
	// GetRobot is a robot.
	GetRobot(ctx context.Context, robot string) (*RobotRecord, error)
	// ListRobots are all robots, oldest first. There are a few dozen at most.
	ListRobots(ctx context.Context) ([]*RobotRecord, error)
	// DeleteRobot removes a robot.
	DeleteRobot(ctx context.Context, robot string) error
}

// RobotRecord is a robot with what only the server knows.
type RobotRecord struct {
	Robot         *flowdeskv1.Robot
	WebhookSecret string // at least 128 bits; part of its callback addresses
}

// DirectoryStore keeps people, groups, presence and settings.
type DirectoryStore interface {
	// PutPerson creates or replaces an entry when its etag is still the given one ("" for any); otherwise ErrConflict.
	PutPerson(ctx context.Context, person *flowdeskv1.Person, etag string) error
	// GetPerson is one entry.
	GetPerson(ctx context.Context, person string) (*flowdeskv1.Person, error)
	// ListPeople lists entries by id or name; an empty page size lists all.
	ListPeople(ctx context.Context, filter PersonFilter, page Page) ([]*flowdeskv1.Person, string, error)
	// DeletePerson removes an entry.
	DeletePerson(ctx context.Context, person string) error
	// PutGroup creates or replaces a group with its aliases when its etag is still the given one ("" for any); otherwise ErrConflict. An
	// alias belongs to one group; ErrExists when another group has it.
	PutGroup(ctx context.Context, group *flowdeskv1.Group, etag string) error
	// MeetGroup gives decide the groups that robots know by one of the names, as their aliases have them, and stores the group that it returns;
	// nil stores nothing. No other change happens in between; decide may be called again, when the first call came to nothing. It returns the groups as
	// they are then.
	MeetGroup(ctx context.Context, names []string, decide func(known []*flowdeskv1.Group) *flowdeskv1.Group) ([]*flowdeskv1.Group, error)
	// GetGroup is one group.
	GetGroup(ctx context.Context, group string) (*flowdeskv1.Group, error)
	// ListGroups lists groups by id or title; an empty page size lists all.
	ListGroups(ctx context.Context, filter GroupFilter, page Page) ([]*flowdeskv1.Group, string, error)
	// MergeGroups moves the aliases of one group to another and marks it merged, in one transaction; ErrConflict when one of them was merged
	// before or both are the same.
	MergeGroups(ctx context.Context, from, into string) error
	// ListPresence is the last activity of all staff.
	ListPresence(ctx context.Context) ([]*flowdeskv1.PresenceFact, error)
	// PutPresence records presence, last writer wins by active_at.
	PutPresence(ctx context.Context, presence *flowdeskv1.PresenceFact) error
	// GetSettings are the stored settings, without defaults; empty when none were stored.
	GetSettings(ctx context.Context) (*flowdeskv1.Settings, error)
	// PutSettings replaces the settings when their etag is still the given one ("" for any); otherwise ErrConflict.
	PutSettings(ctx context.Context, settings *flowdeskv1.Settings, etag string) error
}

// PersonFilter narrows ListPeople.
type PersonFilter struct {
	Role    flowdeskv1.Role
	Name    string // part of a name
	ByName  bool   // by name instead of by id
	Reverse bool   // the order the other way round
}

// GroupFilter narrows ListGroups.
type GroupFilter struct {
	Title   string // part of the title
	Review  *bool
	ByTitle bool     // by title instead of by id
	Reverse bool     // the order the other way round
	Groups  []string `json:",omitempty"` // only what belongs to these alone; empty is all
}

// EnvironmentStore keeps environment snapshots for replay.
type EnvironmentStore interface {
	// GetEnvironment is a snapshot by its digest, serialized.
	GetEnvironment(ctx context.Context, digest string) ([]byte, error)
}

// InboxStore reads what waits to be done, for start-up and recovery.
type InboxStore interface {
	// PendingEvents are events of the inbox in order of arrival, after the given sequence.
	PendingEvents(ctx context.Context, after int64, limit int) ([]InboxEvent, error)
	// PendingEventsOf are the first events of the inbox whose sessions lie in the given partitions, in order of arrival, as one moment saw
	// them.
	PendingEventsOf(ctx context.Context, partitions []int32, limit int) ([]InboxEvent, error)
	// PendingCalls are calls that have no answer yet, in order of id, after the given id.
	PendingCalls(ctx context.Context, after string, limit int) ([]*flowdeskv1.Call, error)
}

// InboxEvent is an event of the inbox.
type InboxEvent struct {
	Sequence int64
	Event    *flowdeskv1.Event
}

// RequestStore remembers answers by request id, so that a repeated request gets the first answer.
type RequestStore interface {
	// GetRequest is the answer stored under a method and request id.
	GetRequest(ctx context.Context, method, id string) ([]byte, error)
	// PutRequest stores an answer; an answer that is already there stays.
	PutRequest(ctx context.Context, method, id string, answer []byte, at time.Time) error
}
