package failpoint

// Kind says what stands at a failpoint.
type Kind string

// Kinds of failpoints.
const (
	Commit    Kind = "commit"
	Call      Kind = "call"
	Lease     Kind = "lease"
	Migration Kind = "migration"
	Step      Kind = "step" // between a commit and a call
)

// Point is one failpoint.
type Point struct {
	Name Name
	Kind Kind
	What string
}

// Table lists every failpoint in the order of a message's way through the product.
func Table() []Point {
	return []Point{
		// A message comes in.
		{"server.callback.before", Step, "a robot's callback was read, nothing was done with it"},
		{"server.callback.after", Step, "it is durable, its answer is not on its way"},
		{"runner.group.before", Step, "a chat of an unknown name is about to be opened"},
		{"runner.group.after", Step, "its group is stored, nobody in memory knows it"},
		{"runner.turn.before", Step, "an event is about to have its turn"},
		{"runner.turn.after", Step, "its turn has run and is not with the committer"},

		// It is committed.
		{"runner.commit.before", Commit, "a batch is made and not with the store"},
		{"runner.commit.after", Commit, "it is stored, and the committer does not know it"},
		{"runner.accept.before", Commit, "the committer knows it, and no session does"},
		{"runner.applied.before", Commit, "a turn is stored, its commands and calls are not on their way"},
		{"runner.applied.after", Commit, "they are, and its caller does not know that it is stored"},
		{"runner.quarantine.before", Commit, "an event failed too often and is not set aside yet"},
		{"runner.clearup.before", Commit, "what became of a commit of unknown outcome is about to be read"},
		{"runner.clearup.after", Commit, "it was read, and nobody was told"},
		{"sqlite.begin.before", Commit, "a transaction is about to begin"},
		{"sqlite.step.before", Commit, "one of its writes is about to be made"},
		{"sqlite.step.after", Commit, "one of its writes was made"},
		{"sqlite.commit.before", Commit, "all its writes were made"},
		{"sqlite.commit.after", Commit, "it is committed, and nobody was told"},
		{"sqlite.checkpoint.before", Commit, "the log is about to be moved into the file"},
		{"sqlite.checkpoint.after", Commit, "it was"},
		{"postgres.connect.before", Commit, "the connection of commits is about to be made"},
		{"postgres.steps.before", Commit, "writes of a transaction are about to be sent"},
		{"postgres.steps.after", Commit, "they were made"},
		{"postgres.commit.before", Commit, "COMMIT is about to be sent"},
		{"postgres.commit.after", Commit, "it was answered, and nobody was told"},
		{"postgres.resolve.before", Commit, "what became of a transaction is about to be asked"},
		{"postgres.resolve.after", Commit, "it was answered"},
		{"postgres.partition.before", Commit, "a partition is about to be made or removed"},
		{"postgres.partition.after", Commit, "it was"},
		{"store.change.before", Commit, "a change that a person makes is about to be stored"},
		{"store.change.write", Commit, "its writes were made and are not committed"},
		{"store.change.after", Commit, "it is stored, and nobody was told"},
		{"store.notes.before", Step, "what a replica learnt of another's commands is about to be stored for it"},
		{"store.derive.write", Commit, "derived rows were written and are not committed"},

		// It waits on the disk while the store is away.
		{"spill.begin.before", Commit, "a file of the spill is about to be begun"},
		{"spill.begin.after", Commit, "it is there, and the spill does not know it"},
		{"spill.write.before", Commit, "events are about to be written to the disk"},
		{"spill.write.after", Commit, "they are written, and not synced"},
		{"spill.sync.after", Commit, "they are synced, and nobody was told"},
		{"spill.remove.before", Commit, "a file of the spill that was drained is about to be removed"},
		{"spill.remove.after", Commit, "it is, and the spill counts it still"},
		{"spill.drain.before", Commit, "events of the spill are about to be stored in the inbox"},
		{"spill.drain.after", Commit, "they are, and the spill has them still"},
		{"spill.refuse.before", Commit, "an event of the spill that cannot be stored is about to be set aside"},
		{"spill.refuse.after", Commit, "it is, and the spill has it still"},

		// Commands go out and come back.
		{"outbox.claim.after", Step, "a command was bound to a robot ahead of its commit"},
		{"outbox.add.before", Step, "a command is stored, and the outbox does not know it"},
		{"outbox.depart.before", Commit, "a command is about to be stored as sending"},
		{"outbox.depart.after", Commit, "it is, and stands in no robot's list"},
		{"outbox.send.before", Call, "a batch is about to leave"},
		{"outbox.send.after", Call, "the platform answered to it, and nothing is noted"},
		{"outbox.sent.before", Commit, "the sent state of a command is about to be stored"},
		{"outbox.settle.before", Step, "a result came, and nothing is noted"},
		{"outbox.settle.after", Step, "it is stored, and the outbox does not know it"},
		{"outbox.repeat.before", Commit, "a failed attempt is about to be recorded"},
		{"outbox.repeat.after", Commit, "it is, and the command does not wait again"},
		{"outbox.refuse.before", Commit, "an attempt that surely did not leave is about to be recorded"},
		{"outbox.accepted.before", Call, "a send of unknown outcome is about to be looked up"},
		{"outbox.accepted.after", Call, "it was, and nothing is noted"},
		{"outbox.results.before", Call, "missing results are about to be looked up"},
		{"outbox.results.after", Call, "they were, and nothing is noted"},
		{"outbox.expire.before", Step, "no result came by its deadline, and nothing is noted"},
		{"outbox.order.before", Commit, "an order by hand is about to be stored"},
		{"worktool.call.before", Call, "a request to a robot's platform is about to leave"},
		{"worktool.call.after", Call, "it was answered, and its answer is unread"},

		// Flows ask the outside, and time goes by.
		{"runner.call.before", Call, "a call of a flow is about to be made"},
		{"runner.call.after", Call, "it was, and its answer is not on its way"},
		{"httpcall.call.before", Call, "an HTTP request is about to leave"},
		{"httpcall.call.after", Call, "it was answered"},
		{"models.call.before", Call, "a request to a model is about to leave"},
		{"models.call.after", Call, "it was answered"},
		{"notify.call.before", Call, "a notification is about to leave"},
		{"notify.call.after", Call, "it was answered"},
		{"runner.timer.before", Step, "a timer is due, and its session does not know it"},
		{"runner.schedule.before", Step, "a schedule is due, and its event is not made"},
		{"runner.schedule.after", Step, "its turn is stored, and the schedule does not know it"},

		// A process begins.
		{"runner.recover.inbox", Step, "the inbox was read, and none of it is on its way"},
		{"runner.recover.call", Step, "a call of an earlier process is about to be taken up"},
		{"runner.recover.backlog", Step, "events that wait in the inbox are about to be taken up"},
		{"runner.reload.before", Step, "the environment is about to be read"},
		{"outbox.takeup.before", Step, "a command of an earlier process is about to be taken up"},

		// Who holds what, and what the schema is.
		{"lease.beat.before", Lease, "a replica is about to say that it lives"},
		{"lease.beat.after", Lease, "it did, and does not know who else does"},
		{"lease.take.before", Lease, "a lease is about to be taken or renewed"},
		{"lease.take.after", Lease, "it is, and its holder does not know it"},
		{"lease.release.before", Lease, "a lease is about to be given back"},
		{"lease.release.after", Lease, "it is, and its holder does not know it"},
		{"lease.leave.before", Lease, "a replica is about to leave"},
		{"lease.leave.after", Lease, "it has left, and does not know it"},
		{"postgres.sole.before", Lease, "the lock of a server that is alone is about to be taken"},
		{"postgres.sole.after", Lease, "it is"},
		{"migration.up.before", Migration, "the schema is about to be brought up to date"},
		{"migration.statement.before", Migration, "a statement of a step is about to run"},
		{"migration.statement.after", Migration, "it ran, and its step is not committed"},
		{"migration.step.after", Migration, "a step is committed, and not marked as applied"},
		{"migration.down.before", Migration, "a step is about to be taken back"},
		{"migration.unmark.before", Migration, "a step is taken back, and marked as applied still"},
	}
}

// Names are the names of all failpoints.
func Names() []Name {
	names := make([]Name, 0, len(Table()))
	for _, p := range Table() {
		names = append(names, p.Name)
	}
	return names
}
