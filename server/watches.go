package server

import (
	"errors"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// heartbeatEvery is the longest silence of a watch: proxies in between close connections that are silent for a minute.
const heartbeatEvery = 15 * time.Second

func (s *Server) heartbeat() *flowdeskv1.Heartbeat {
	return &flowdeskv1.Heartbeat{Time: timestamppb.New(s.deps.Runner.Now())}
}

// effectIDs are the things that a turn's effects name, each once, in order.
func effectIDs(turn *flowdeskv1.Turn, of func(*flowdeskv1.Effect) string) []string {
	var ids []string
	for _, e := range turn.GetEffects() {
		if id := of(e); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// gone reports whether what changed is no longer there, which a watch passes over.
func gone(err error) bool { return errors.Is(err, storage.ErrNotFound) }

// WatchInstances implements the service.
func (s *instanceService) WatchInstances(r *flowdeskv1.WatchInstancesRequest, stream flowdeskv1.InstanceService_WatchInstancesServer) error {
	flow, session := id(r.GetFlow()), id(r.GetSession())
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string {
			var ids []string
			for _, trace := range turn.GetTraces() {
				if (flow == "" || trace.GetFlow() == flow) && (session == "" || turn.GetEvent().GetSession() == session) {
					ids = append(ids, trace.GetInstance())
				}
			}
			return ids
		},
		send: func(id, token string) error {
			i, _, err := s.deps.Store.GetInstance(stream.Context(), id)
			if gone(err) || err == nil && len(r.GetStatuses()) > 0 && !slices.Contains(r.GetStatuses(), i.GetStatus()) {
				return nil
			} else if err != nil {
				return err
			}
			return stream.Send(&flowdeskv1.WatchInstancesResponse{Report: &flowdeskv1.WatchInstancesResponse_Instance{Instance: nameInstance(i)}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchInstancesResponse{Report: &flowdeskv1.WatchInstancesResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchMessages implements the service.
func (s *sessionService) WatchMessages(r *flowdeskv1.WatchMessagesRequest, stream flowdeskv1.SessionService_WatchMessagesServer) error {
	session := id(r.GetSession())
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string {
			if session != "" && turn.GetEvent().GetSession() != session {
				return nil
			}
			if note := turn.GetEvent().GetNote().GetNote(); note != "" {
				return []string{notePrefix + note}
			}
			return effectIDs(turn, func(e *flowdeskv1.Effect) string {
				return e.GetStoreMessage().GetId() + e.GetMergeReport().GetMessage() + e.GetAnnotateMessage().GetMessage()
			})
		},
		send: func(id, token string) error {
			if note, is := strings.CutPrefix(id, notePrefix); is {
				return s.sendNote(stream, note, token)
			}
			m, err := s.message(stream.Context(), id)
			if gone(err) {
				return nil
			} else if err != nil {
				return err
			}
			return stream.Send(&flowdeskv1.WatchMessagesResponse{Report: &flowdeskv1.WatchMessagesResponse_Message{Message: m}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchMessagesResponse{Report: &flowdeskv1.WatchMessagesResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// sendNote reports a private note as it is now, or that it is gone.
func (s *sessionService) sendNote(stream flowdeskv1.SessionService_WatchMessagesServer, note, token string) error {
	n, err := s.deps.Store.GetSessionNote(stream.Context(), note)
	if gone(err) {
		return stream.Send(&flowdeskv1.WatchMessagesResponse{Report: &flowdeskv1.WatchMessagesResponse_DeletedNote{DeletedNote: notePrefix + note}, ResumeToken: token})
	} else if err != nil {
		return err
	}
	if n, err = s.authors().note(stream.Context(), n); err != nil {
		return err
	}
	return stream.Send(&flowdeskv1.WatchMessagesResponse{Report: &flowdeskv1.WatchMessagesResponse_SessionNote{SessionNote: n}, ResumeToken: token})
}

// WatchSessions implements the service. A session changes with every turn of it.
func (s *sessionService) WatchSessions(r *flowdeskv1.WatchSessionsRequest, stream flowdeskv1.SessionService_WatchSessionsServer) error {
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string { return []string{turn.GetEvent().GetSession()} },
		send: func(id, token string) error {
			row, err := s.deps.Store.GetSession(stream.Context(), id)
			if gone(err) {
				return nil
			} else if err != nil {
				return err
			}
			row.Name = "sessions/" + row.GetId()
			if err := s.countUnread(stream.Context(), row); err != nil {
				return err
			}
			return stream.Send(&flowdeskv1.WatchSessionsResponse{Report: &flowdeskv1.WatchSessionsResponse_Session{Session: row}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchSessionsResponse{Report: &flowdeskv1.WatchSessionsResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchCommands implements the service.
func (s *queueService) WatchCommands(r *flowdeskv1.WatchCommandsRequest, stream flowdeskv1.QueueService_WatchCommandsServer) error {
	session := id(r.GetSession())
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string {
			return effectIDs(turn, func(e *flowdeskv1.Effect) string {
				return e.GetEnqueueCommand().GetId() + e.GetCancelCommand().GetCommand() + e.GetEditCommand().GetCommand() + e.GetSettleCommand().GetCommand()
			})
		},
		send: func(id, token string) error {
			c, err := s.command(stream.Context(), id)
			if gone(err) || err == nil && (session != "" && c.GetTargetSession() != session || len(r.GetStates()) > 0 && !slices.Contains(r.GetStates(), c.GetState())) {
				return nil
			} else if err != nil {
				return err
			}
			return stream.Send(&flowdeskv1.WatchCommandsResponse{Report: &flowdeskv1.WatchCommandsResponse_Command{Command: c}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchCommandsResponse{Report: &flowdeskv1.WatchCommandsResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchAlerts implements the service.
func (s *alertService) WatchAlerts(r *flowdeskv1.WatchAlertsRequest, stream flowdeskv1.AlertService_WatchAlertsServer) error {
	session := id(r.GetSession())
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string {
			if session != "" && turn.GetEvent().GetSession() != session {
				return nil
			}
			return effectIDs(turn, func(e *flowdeskv1.Effect) string { return e.GetPutAlert().GetId() })
		},
		send: func(id, token string) error {
			a, err := s.deps.Store.GetAlert(stream.Context(), id)
			if gone(err) || err == nil && len(r.GetLevels()) > 0 && !slices.Contains(r.GetLevels(), a.GetLevel()) {
				return nil
			} else if err != nil {
				return err
			}
			return stream.Send(&flowdeskv1.WatchAlertsResponse{Report: &flowdeskv1.WatchAlertsResponse_Alert{Alert: nameAlert(a)}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchAlertsResponse{Report: &flowdeskv1.WatchAlertsResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}

// WatchTrackTasks implements the service.
func (s *taskService) WatchTrackTasks(r *flowdeskv1.WatchTrackTasksRequest, stream flowdeskv1.TaskService_WatchTrackTasksServer) error {
	session, assignee := id(r.GetSession()), id(r.GetAssignee())
	return s.watch(stream.Context(), r.GetResumeToken(), reports{
		of: func(turn *flowdeskv1.Turn) []string {
			if session != "" && turn.GetEvent().GetSession() != session {
				return nil
			}
			return effectIDs(turn, func(e *flowdeskv1.Effect) string { return e.GetPutTask().GetId() + e.GetDeleteTask().GetTask() })
		},
		send: func(id, token string) error {
			t, err := s.deps.Store.GetTask(stream.Context(), id)
			switch {
			case gone(err):
				return stream.Send(&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_Deleted{Deleted: "trackTasks/" + id}, ResumeToken: token})
			case err != nil:
				return err
			case assignee != "" && t.GetAssignee() != assignee:
				return nil
			}
			return stream.Send(&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_TrackTask{TrackTask: nameTask(t)}, ResumeToken: token})
		},
		beat: func(token string) error {
			return stream.Send(&flowdeskv1.WatchTrackTasksResponse{Report: &flowdeskv1.WatchTrackTasksResponse_Heartbeat{Heartbeat: s.heartbeat()}, ResumeToken: token})
		},
	})
}
