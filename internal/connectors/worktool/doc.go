// Package worktool speaks to the WorkTool robot platform: a Client that fulfils robots.Platform, and parsers for
// the callbacks that the platform posts to us.
//
// The parsers stand on the path of every incoming message, so they read JSON with a scanner of their own: one
// pass, one allocation for most messages, no reflection, bounded depth and size. They are lenient about what the
// platform is known to vary (numbers and booleans in strings, lists in strings, null, form data) and strict
// about JSON itself: they accept exactly what encoding/json accepts, a fuzz test holds them to it.
//
// It may import robots, gen and the standard library, never storage, engine, nodes or server.
package worktool
