package nodes

import flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"

// Types that are part of the language and cannot be activated yet.
func init() {
	plan(&flowdeskv1.KnowledgeSearch{})
	plan(&flowdeskv1.RouteToAgent{})
	plan(&flowdeskv1.TicketCreate{})
	plan(&flowdeskv1.TicketUpdate{})
	plan(&flowdeskv1.TicketComment{})
	plan(&flowdeskv1.Subflow{})
	plan(&flowdeskv1.Parallel{})
	plan(&flowdeskv1.Join{})
	plan(&flowdeskv1.Remote{})
	plan(&flowdeskv1.PluginNode{})
}
