package server

import (
	"cmp"
	"context"
	"errors"
	"strings"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// listMethods show what rows are.
var listMethods = map[string]string{
	ofAlerts:    flowdeskv1.AlertService_ListAlerts_FullMethodName,
	ofTasks:     flowdeskv1.TaskService_ListTrackTasks_FullMethodName,
	ofCommands:  flowdeskv1.QueueService_ListCommands_FullMethodName,
	ofInstances: flowdeskv1.InstanceService_ListInstances_FullMethodName,
}

// entitle puts into the rows of a page what people know them by, read at once. What the caller does not reach has no title.
func (s *jobService) entitle(ctx context.Context, rows []*flowdeskv1.JobResult) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]string, len(rows))
	byID := make(map[string]*flowdeskv1.JobResult, len(rows))
	for i, row := range rows {
		row.Etag = ""
		ids[i] = id(row.GetName())
		byID[ids[i]] = row
	}
	say := func(id, title, session string) {
		if row := byID[id]; row != nil {
			row.Title, row.Session = title, "sessions/"+session
		}
	}
	collection, _, _ := strings.Cut(rows[0].GetName(), "/")
	if !callerOf(ctx).May(listMethods[collection]) {
		return nil
	}
	all, groups := storage.Page{Size: len(ids)}, callerOf(ctx).Groups
	switch collection {
	case ofAlerts:
		alerts, _, err := s.deps.Store.ListAlerts(ctx, storage.AlertFilter{IDs: ids, Groups: groups}, all)
		for _, a := range alerts {
			say(a.GetId(), a.GetText(), a.GetSession())
		}
		return err
	case ofTasks:
		tasks, _, err := s.deps.Store.ListTasks(ctx, storage.TaskFilter{IDs: ids, Groups: groups}, all)
		for _, t := range tasks {
			say(t.GetId(), t.GetTitle(), id(t.GetGroupId()))
		}
		return err
	case ofCommands:
		commands, _, err := s.deps.Store.ListCommands(ctx, storage.CommandFilter{IDs: ids, Groups: groups}, all)
		for _, c := range commands {
			say(c.GetId(), c.GetText(), cmp.Or(c.GetTargetSession(), c.GetSession()))
		}
		return err
	default:
		return s.entitleInstances(ctx, storage.InstanceFilter{IDs: ids, Groups: groups}, all, say)
	}
}

// entitleInstances tells instances by the titles of their flows, as these are now.
func (s *jobService) entitleInstances(ctx context.Context, filter storage.InstanceFilter, all storage.Page, say func(id, title, session string)) error {
	instances, _, err := s.deps.Store.ListInstances(ctx, filter, all)
	if err != nil {
		return err
	}
	titles := make(map[string]string)
	for _, i := range instances {
		title, known := titles[i.GetFlow()]
		if !known {
			if title, err = s.flowTitle(ctx, i.GetFlow()); err != nil {
				return err
			}
			titles[i.GetFlow()] = title
		}
		say(i.GetId(), title, i.GetSession())
	}
	return nil
}

// flowTitle is the title of a flow; its id where it has none, or is no longer there.
func (s *jobService) flowTitle(ctx context.Context, flow string) (string, error) {
	f, err := s.deps.Store.GetFlow(ctx, flow)
	if errors.Is(err, storage.ErrNotFound) {
		return flow, nil
	}
	return cmp.Or(f.GetDefinition().GetTitle(), flow), err
}
