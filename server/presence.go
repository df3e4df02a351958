package server

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

const (
	visitLasts  = 20 * time.Second
	maxVisitors = 50 // of one flow; a page beyond that is not shown to others
)

// presence is who has which draft open. It is kept in memory alone: after a restart it is known again with the next visits.
type presence struct {
	mu     sync.Mutex
	visits map[string]map[string]visit // by flow and page
}

type visit struct {
	visitor *flowdeskv1.FlowVisitor
	until   time.Time
}

// come notes a visit and gives the others, in the order in which they came.
func (p *presence) come(flow string, v *flowdeskv1.FlowVisitor, now time.Time, leave bool) []*flowdeskv1.FlowVisitor {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.visits == nil {
		p.visits = make(map[string]map[string]visit)
	}
	pages := p.visits[flow]
	maps.DeleteFunc(pages, func(page string, old visit) bool { return now.After(old.until) || leave && page == v.GetPage() })
	if !leave {
		if pages == nil {
			pages = make(map[string]visit)
			p.visits[flow] = pages
		}
		v.BeginTime = engine.Timestamp(now)
		if old, known := pages[v.GetPage()]; known {
			v.BeginTime = old.visitor.GetBeginTime()
		}
		if _, known := pages[v.GetPage()]; known || len(pages) < maxVisitors {
			pages[v.GetPage()] = visit{visitor: v, until: now.Add(visitLasts)}
		}
	}
	if len(pages) == 0 {
		delete(p.visits, flow)
	}
	var others []*flowdeskv1.FlowVisitor
	for page, other := range pages {
		if page != v.GetPage() {
			others = append(others, proto.CloneOf(other.visitor))
		}
	}
	slices.SortFunc(others, func(a, b *flowdeskv1.FlowVisitor) int {
		return cmp.Or(a.GetBeginTime().AsTime().Compare(b.GetBeginTime().AsTime()), cmp.Compare(a.GetPage(), b.GetPage()))
	})
	return others
}

// VisitFlow implements the service.
func (s *flowService) VisitFlow(ctx context.Context, r *flowdeskv1.VisitFlowRequest) (*flowdeskv1.VisitFlowResponse, error) {
	flow, err := s.deps.Store.GetFlow(ctx, id(r.GetName()))
	if err != nil {
		return nil, err
	}
	v := &flowdeskv1.FlowVisitor{Page: r.GetPage(), Node: r.GetNode()}
	if caller := callerOf(ctx); !caller.Open {
		v.Person = caller.Title
	}
	return &flowdeskv1.VisitFlowResponse{Visitors: s.presence.come(flow.GetId(), v, s.deps.Runner.Now(), r.GetLeave()), Revision: flow.GetRevision()}, nil
}
