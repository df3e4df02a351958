package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// seenRows are the rows that watches saw last, so that many watches look once.
type seenRows struct {
	groups memory[*flowdeskv1.Group]
	people memory[*flowdeskv1.Person]
	robots memory[*flowdeskv1.Robot]
}

// memory keeps rows as long as nothing that they are made of changed, and at most for a time.
type memory[T proto.Message] struct {
	mu   sync.Mutex
	env  *engine.Env
	made time.Time
	rows *rows[T]
}

// of gives the rows of an environment, made anew when it is another one, or when they are older than a time that is not 0. Equal rows keep
// their pointer.
func (m *memory[T]) of(env *engine.Env, now time.Time, atMost time.Duration, look func() (*rows[T], error)) (*rows[T], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows != nil && m.env == env && (atMost == 0 || now.Sub(m.made) < atMost) {
		return m.rows, nil
	}
	fresh, err := look()
	if err != nil {
		return nil, err
	}
	m.env, m.made = env, now
	if m.rows == nil || !m.rows.equal(fresh) {
		m.rows = fresh
	}
	return m.rows, nil
}

func (r *rows[T]) equal(other *rows[T]) bool {
	if r.token != other.token || !slices.Equal(r.order, other.order) {
		return false
	}
	for id, mark := range r.marks {
		if other.marks[id] != mark {
			return false
		}
	}
	return true
}

// groupRows are the groups as the environment has them: it is made anew with every change of one.
func (s *Server) groupRows(context.Context) (*rows[*flowdeskv1.Group], error) {
	env := s.deps.Runner.Env()
	return s.seen.groups.of(env, time.Time{}, 0, func() (*rows[*flowdeskv1.Group], error) {
		groups := make([]*flowdeskv1.Group, 0, len(env.GetGroups()))
		for _, g := range env.GetGroups() {
			groups = append(groups, nameGroup(proto.CloneOf(g)))
		}
		whole := func(g *flowdeskv1.Group) proto.Message { return g }
		return rowsOf(groups, (*flowdeskv1.Group).GetId, whole, whole), nil
	})
}

// peopleEvery is how old presence may be: it changes by itself, with time.
const peopleEvery = 5 * time.Second

// peopleRows are the people with their presence.
func (s *directoryService) peopleRows(context.Context) (*rows[*flowdeskv1.Person], error) {
	env := s.deps.Runner.Env()
	return s.seen.people.of(env, s.deps.Runner.Now(), peopleEvery, func() (*rows[*flowdeskv1.Person], error) {
		people := make([]*flowdeskv1.Person, 0, len(env.GetPeople()))
		for _, p := range env.GetPeople() {
			people = append(people, s.present(proto.CloneOf(p)))
		}
		whole := func(p *flowdeskv1.Person) proto.Message { return p }
		return rowsOf(people, (*flowdeskv1.Person).GetId, whole, whole), nil
	})
}

// heardStep is by how much the time of a robot's last sign of life must move before it is news.
const heardStep = 5 * time.Second

// robotRows are the robots as somebody without rights sees them.
func (s *Server) robotRows(ctx context.Context) (*rows[*flowdeskv1.Robot], error) {
	return s.seen.robots.of(s.deps.Runner.Env(), s.deps.Runner.Now(), rowsEvery/2, func() (*rows[*flowdeskv1.Robot], error) {
		records, err := s.deps.Store.ListRobots(ctx)
		if err != nil {
			return nil, err
		}
		lives, err := s.lives(ctx)
		if err != nil {
			return nil, err
		}
		robots := make([]*flowdeskv1.Robot, 0, len(records))
		for _, record := range records {
			robot := s.shownTo(record, "***")
			lives.add(robot)
			robots = append(robots, robot)
		}
		shown := func(r *flowdeskv1.Robot) proto.Message {
			r = proto.CloneOf(r)
			if r.GetLastSeen() != nil {
				r.LastSeen = engine.Timestamp(r.GetLastSeen().AsTime().Truncate(heardStep))
			}
			return r
		}
		return rowsOf(robots, (*flowdeskv1.Robot).GetId, shown, func(r *flowdeskv1.Robot) proto.Message {
			return &flowdeskv1.Robot{Etag: r.GetEtag(), State: r.GetState()}
		}), nil
	})
}

// rowsToken is where a watch goes on after the first page of a list; it must be taken before the list is read.
func rowsToken[T proto.Message](ctx context.Context, pageToken string, look func(context.Context) (*rows[T], error)) (string, error) {
	if pageToken != "" {
		return "", nil
	}
	now, err := look(ctx)
	if err != nil {
		return "", err
	}
	return now.token, nil
}

// WatchGroups implements the service.
func (s *directoryService) WatchGroups(r *flowdeskv1.WatchGroupsRequest, stream flowdeskv1.DirectoryService_WatchGroupsServer) error {
	return watchRows(stream.Context(), s.Server, r.GetResumeToken(), rowReports[*flowdeskv1.Group]{
		look: s.groupRows,
		send: func(g *flowdeskv1.Group, token string) error {
			return stream.Send(&flowdeskv1.WatchGroupsResponse{Report: &flowdeskv1.WatchGroupsResponse_Group{Group: g}, ResumeToken: token})
		},
		gone: func(id, token string) error {
			return stream.Send(&flowdeskv1.WatchGroupsResponse{Report: &flowdeskv1.WatchGroupsResponse_Deleted{Deleted: "groups/" + id}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchGroupsResponse{Report: &flowdeskv1.WatchGroupsResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchPeople implements the service.
func (s *directoryService) WatchPeople(r *flowdeskv1.WatchPeopleRequest, stream flowdeskv1.DirectoryService_WatchPeopleServer) error {
	return watchRows(stream.Context(), s.Server, r.GetResumeToken(), rowReports[*flowdeskv1.Person]{
		look: s.peopleRows,
		send: func(p *flowdeskv1.Person, token string) error {
			return stream.Send(&flowdeskv1.WatchPeopleResponse{Report: &flowdeskv1.WatchPeopleResponse_Person{Person: p}, ResumeToken: token})
		},
		gone: func(id, token string) error {
			return stream.Send(&flowdeskv1.WatchPeopleResponse{Report: &flowdeskv1.WatchPeopleResponse_Deleted{Deleted: "people/" + id}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchPeopleResponse{Report: &flowdeskv1.WatchPeopleResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchRobots implements the service. Callback addresses are left out of its reports: GetRobot gives them to those who may have them.
func (s *robotService) WatchRobots(r *flowdeskv1.WatchRobotsRequest, stream flowdeskv1.RobotService_WatchRobotsServer) error {
	return watchRows(stream.Context(), s.Server, r.GetResumeToken(), rowReports[*flowdeskv1.Robot]{
		whole: true,
		look:  s.robotRows,
		send: func(robot *flowdeskv1.Robot, token string) error {
			robot = proto.CloneOf(robot)
			robot.WebhookUris = nil
			return stream.Send(&flowdeskv1.WatchRobotsResponse{Report: &flowdeskv1.WatchRobotsResponse_Robot{Robot: robot}, ResumeToken: token})
		},
		gone: func(id, token string) error {
			return stream.Send(&flowdeskv1.WatchRobotsResponse{Report: &flowdeskv1.WatchRobotsResponse_Deleted{Deleted: "robots/" + id}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchRobotsResponse{Report: &flowdeskv1.WatchRobotsResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}
