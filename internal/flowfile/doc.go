// Package flowfile reads and writes flows as files: YAML or JSON of flowdesk.v1.FlowDefinition with the names of its JSON mapping.
//
// Reading keeps where every field stands, so that what the compiler finds later can be shown at a line and a column. All that is wrong
// with a file is reported at once. Files are untrusted: size, depth and the expansion of aliases are bounded.
package flowfile
