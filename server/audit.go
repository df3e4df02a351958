package server

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/storage"
)

type auditService struct {
	flowdeskv1.UnimplementedAuditServiceServer
	*Server
}

// ListAuditRecords implements the service.
func (s *auditService) ListAuditRecords(ctx context.Context, r *flowdeskv1.ListAuditRecordsRequest) (*flowdeskv1.ListAuditRecordsResponse, error) {
	filter := storage.AuditFilter{
		Actor: r.GetActor(), Method: r.GetMethod(), Resource: r.GetResource(), After: timeOf(r.GetSince()), Before: timeOf(r.GetUntil()),
		Oldest: r.GetOrder() == flowdeskv1.TimeOrder_TIME_ORDER_OLDEST,
	}
	records, next, err := s.deps.Store.ListAudit(ctx, filter, page(r.GetPageSize(), r.GetPageToken()))
	return &flowdeskv1.ListAuditRecordsResponse{AuditRecords: records, NextPageToken: next}, err
}

const (
	auditText = 64 << 10 // bytes of each text of a record
	auditEnd  = 5 * time.Second
)

// auditUnary records a change before it is made: without its record no change happens. How it ended is a second row; a record without one
// is of a change that may have happened.
func (s *Server) auditUnary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	m, ok := request.(proto.Message)
	dry, _ := request.(interface{ GetValidateOnly() bool })
	if !ok || !access.Rules()[info.FullMethod].Recorded() || dry != nil && dry.GetValidateOnly() {
		return handle(ctx, request)
	}
	record := s.auditRecord(ctx, info.FullMethod)
	record.Request, record.Resource = shownJSON(m), changed(m)
	if record.Resource != "" {
		record.Before = s.snapshot(ctx, record.Resource)
	}
	if err := s.deps.Store.BeginAudit(ctx, record); err != nil {
		return nil, err
	}
	answer, err := handle(ctx, request)
	if made, ok := answer.(proto.Message); ok && err == nil && record.GetResource() == "" {
		record.Resource = changed(made)
	}
	s.endAudit(ctx, record, err)
	return answer, err
}

// auditRecord begins a record of what the caller of a request does now.
func (s *Server) auditRecord(ctx context.Context, method string) *flowdeskv1.AuditRecord {
	c := callerOf(ctx)
	record := &flowdeskv1.AuditRecord{
		Name: "auditRecords/" + s.deps.Runner.NewEventID(), Time: engine.Timestamp(s.deps.Runner.Now()), Actor: c.Name, Role: c.Role,
		Method: access.ShortMethod(method), RequestId: requestOf(ctx).id, Address: s.address(ctx),
	}
	if s.deps.Closed && c.Open { // a method that asks nobody
		record.Actor, record.Role = "anonymous", flowdeskv1.AccessRole_ACCESS_ROLE_UNSPECIFIED
	}
	return record
}

// endAudit writes how a change ended, although its caller may have gone.
func (s *Server) endAudit(ctx context.Context, record *flowdeskv1.AuditRecord, failed error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), auditEnd)
	defer cancel()
	record.Outcome = codes.OK.String()
	if failed != nil {
		mapped, _ := toStatus(failed)
		record.Outcome, record.Reason = status.Code(mapped).String(), status.Convert(mapped).Message()
	} else if record.GetResource() != "" {
		record.After = s.snapshot(ctx, record.GetResource())
	}
	if err := s.deps.Store.EndAudit(ctx, record); err != nil {
		s.deps.Log.Error("end an audit record", slog.String("record", record.GetName()), slog.String("request", record.GetRequestId()), slog.Any("error", err))
	}
}

// snapshot is what stands under a name now; empty when nothing does.
func (s *Server) snapshot(ctx context.Context, name string) string {
	thing, err := s.stored(ctx, name)
	if err != nil {
		return ""
	}
	return shownJSON(thing)
}

// changed is the resource that a request changes or an answer gives: its own name, or that of the first resource in it that has one.
func changed(m proto.Message) string {
	if named, ok := m.(interface{ GetName() string }); ok && named.GetName() != "" {
		return named.GetName()
	}
	name := ""
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Kind() != protoreflect.MessageKind || field.IsList() || field.IsMap() {
			return true
		}
		inner := value.Message().Interface()
		if _, ok := inner.(*flowdeskv1.Settings); ok {
			name = settingsName
		} else if named, ok := inner.(interface{ GetName() string }); ok && strings.Contains(named.GetName(), "/") {
			name = named.GetName()
		}
		return name == ""
	})
	return name
}

// shownJSON is a message as JSON, its secrets masked, cut to what a record holds.
func shownJSON(m proto.Message) string {
	m = proto.Clone(m)
	redact(m.ProtoReflect())
	data, err := protojson.Marshal(m)
	if err != nil {
		return ""
	}
	var compact bytes.Buffer // protojson varies its blanks on purpose
	if json.Compact(&compact, data) != nil {
		return ""
	}
	text := compact.String()
	if len(text) <= auditText {
		return text
	}
	cut := auditText
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// redact masks every field that its definition marks with debug_redact.
func redact(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		options, _ := field.Options().(*descriptorpb.FieldOptions)
		switch {
		case options.GetDebugRedact() && field.Kind() == protoreflect.StringKind && !field.IsList():
			m.Set(field, protoreflect.ValueOfString("***"))
		case options.GetDebugRedact():
			m.Clear(field)
		case field.IsMap():
			if field.MapValue().Kind() == protoreflect.MessageKind {
				value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { redact(v.Message()); return true })
			}
		case field.Kind() != protoreflect.MessageKind:
		case field.IsList():
			for i := range value.List().Len() {
				redact(value.List().Get(i).Message())
			}
		default:
			redact(value.Message())
		}
		return true
	})
}
