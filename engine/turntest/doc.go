// Package turntest runs scripts of turns: a fragment of a flow goes through the compiler, events act on one session through the pure engine,
// and what the nodes under test did stands below each event as text: port taken, output, effects. A script is a specification that runs.
//
// A script is a txtar file named after a node type, such as nodes/testdata/delay_control.txtar. It begins with a sentence or two on what the
// type does. Then come its files:
//
//   - flow.yaml is the flow of the cases below it, up to the next flow.yaml. It is a fragment: ports that it leaves open lead to a node end.
//   - world.yaml changes the environment of the cases below it: a flowdesk.v1.Environment, merged into the one that the test gives.
//   - Every other file is a case, named by a sentence. Each case begins with an empty session on Monday 2026-01-05 at 10:00.
//
// A case is a list of commands, one a line. The indented lines under a command are what followed from it; they are written by the test when
// it runs with -update, and must be read before they are committed. Lines that begin with # are comments.
//
//	at 2026-01-05 22:30         it is that time now; only before the first event
//	config NODE {FIELDS}        the node has this config; what the compiler finds wrong stands below
//	NAME: TEXT                  somebody says something; robot monitor reports it
//	NAME {FIELDS}: TEXT         the same, with other fields of the MessageEvent
//	pass 30m                    time passes; timers and delayed commands fall due
//	until 09:00                 time passes until then, the next day when that is past
//	result COMMAND STATE        the queue reports how a command ended; {FIELDS} of the CommandResult may follow
//	answer CALL {FIELDS}        an outside call is answered: a CallAnswer, outcome OK unless it says otherwise
//	task TASK ACTION            person helper acts on a task; {FIELDS} of the TaskEvent may follow
//	withdraw MESSAGE            a message is taken back
//	event {FIELDS}              any other Event
//	look FIELD                  shows a list of the session: tasks, commands, instances, alerts, questions, ...
//	show NODE ...               shows these nodes too from here on; "rules" stands for the rules outside of flows
//
// Fields are YAML as in a flow file; an enum value may lack its prefix. Things have short names, in the order in which they appear: messages
// m1, m2 …, commands c1, tasks t1, alerts a1, calls q1, instances i1; users have their display names. In fields, $m1 stands for the id, ${张三}
// for a user's, and $now or $now+30m for a time.
//
// Of a flow's nodes only those of the script's type are shown. Every turn is folded from its stored form, and replayed: a case also proves
// that the state is the fold of its turns, and that a replay gives the same turn.
//
// The package may import engine, internal/desk, internal/flowfile, internal/text and gen; the catalog is given by the test.
package turntest
