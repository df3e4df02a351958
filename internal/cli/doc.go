// Package cli is the command line: clients of a running server's public API, and what works on flow files alone. It has no door that the
// API does not have.
//
// A noun is a file: flow.go and its companions, run.go, task.go and so on. To add one, write a struct with its verbs, embed Remote in it, and
// name it in Commands; help, the reference in docs/cli.md and completion follow from the struct's tags. Every text for people passes
// say, and has its Chinese in zh.yaml; a test names what is missing.
//
// The rules that hold for all commands: results on standard output, everything else on standard error; nothing is asked where nobody can
// answer; programs get the canonical JSON of the API's messages, never a translated word; the exit code says what kind of thing went wrong.
//
// It may import everything but cmd and internal/app.
package cli
