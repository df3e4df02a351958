package access

import (
	"slices"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Caller is who makes a request.
type Caller struct {
	Name    string // users/{user}, apiKeys/{api_key}, or api where access is open
	Title   string
	Role    flowdeskv1.AccessRole
	Groups  []string // ids of groups; empty is all
	Methods []string // of those that the role may call; empty is all
	Entry   string   // of the directory that the caller is, people/{person}; empty for none
	Open    bool     // the server asks nobody

	session string // digest of the browser's session
}

// Everybody is the caller where access is open.
func Everybody() *Caller {
	return &Caller{Name: "api", Title: "api", Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, Open: true}
}

// Person reports whether the caller signed in with a password.
func (c *Caller) Person() bool { return strings.HasPrefix(c.Name, "users/") }

// ID is the caller's id, without the kind.
func (c *Caller) ID() string { return idOf(c.Name) }

// Session is the digest of the browser's session; empty for machines.
func (c *Caller) Session() string { return c.session }

// Reaches reports whether the caller may see and change what belongs to a group.
func (c *Caller) Reaches(group string) bool {
	return len(c.Groups) == 0 || slices.Contains(c.Groups, group)
}

// May reports whether the caller may call a method, apart from the groups it is about.
func (c *Caller) May(method string) bool {
	rule, known := Rules()[method]
	return known && (rule.Public || rule.Any || slices.Contains(rule.Roles, c.Role)) && (rule.Public || c.names(method)) &&
		(len(c.Groups) == 0 || rule.Scope.kind != organisation)
}

// names reports whether the caller's methods hold one.
func (c *Caller) names(method string) bool {
	if len(c.Methods) == 0 {
		return true
	}
	short := ShortMethod(method)
	service, _, _ := strings.Cut(short, ".")
	return slices.Contains(c.Methods, short) || slices.Contains(c.Methods, service+".*")
}

// ShortMethod is a method as people write it: FlowService.ListFlows for /flowdesk.v1.FlowService/ListFlows. A path stays as it is.
func ShortMethod(method string) string {
	if rest, ours := strings.CutPrefix(method, "/flowdesk.v1."); ours {
		return strings.Replace(rest, "/", ".", 1)
	}
	return method
}

// idOf is the last part of a resource name.
func idOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
