// Package standin is a robot platform that runs in the process: it speaks the wire format of the real one, and
// behind each robot works a virtual phone, slowly and one command at a time like a real phone. Tests, the demo and
// the benchmark use it; it shares no code with the client, so that both cannot be wrong in the same way.
//
// Three things the real platform lacks: Say lets a person speak in a group, a ledger keeps every accepted command
// and what the phone did with it, and a Mode per robot makes calls, phones and callbacks misbehave on purpose.
//
// All of it is also served as JSON under /sim/, with a page that shows the chats. Time comes from Options.Now and
// from timers of package time only, nothing polls, and Close ends every goroutine, so it runs in synctest bubbles.
package standin
