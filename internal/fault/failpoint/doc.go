// Package failpoint names the places where a process may be broken on purpose, and breaks it there in builds with the tag faults.
//
// Without the tag Hit is an empty function that the compiler inlines away: a shipped program has no failpoints, and nothing can set one.
// With the tag, FLOWDESK_FAILPOINTS sets them at the start and a control address on this machine while the program runs:
//
//	FLOWDESK_FAILPOINTS='sqlite.commit.after=exit@7; outbox.send.before=sleep(200ms)'
//	FLOWDESK_FAILPOINTS_CONTROL=127.0.0.1:7070
//	curl -X PUT --data 'panic@2' http://127.0.0.1:7070/runner.turn.before
//
// A failpoint stands before or after one effect. An error that strikes before keeps the effect from happening; one that strikes after lets it
// happen and tells the caller that it failed, as a broken wire does. It may import the standard library alone, so that everybody may import it.
package failpoint

import "errors"

// Name names a failpoint.
type Name string

// ErrInjected is the error of a failpoint that was set to fail.
var ErrInjected = errors.New("injected fault")
