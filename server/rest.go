package server

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// restOptions are how REST speaks: the JSON of the messages with their zero values, so that a client sees false and 0 instead of nothing;
// streams as lines of JSON, or as server-sent events for who accepts them; errors as google.rpc.Status.
func restOptions() []runtime.ServeMuxOption {
	readStrictly()
	plain := &runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}
	return []runtime.ServeMuxOption{
		runtime.WithMarshalerOption(runtime.MIMEWildcard, &fileMarshaler{runtime.HTTPBodyMarshaler{Marshaler: plain}}),
		runtime.WithMarshalerOption(eventStream, &eventMarshaler{JSONPb: *plain}),
		runtime.WithMiddlewares(wholeInBody),
		runtime.WithErrorHandler(restError),
		runtime.WithRoutingErrorHandler(restRoutingError),
		runtime.WithIncomingHeaderMatcher(func(key string) (string, bool) {
			for _, passed := range []string{requestIDHeader, traceHeader} {
				if strings.EqualFold(key, passed) {
					return passed, true
				}
			}
			if key == "Cookie" {
				return "cookie", true
			}
			return runtime.DefaultHeaderMatcher(key)
		}),
		runtime.WithOutgoingHeaderMatcher(func(key string) (string, bool) {
			return key, key == requestIDHeader || key == contentDisposition || key == "set-cookie"
		}),
	}
}

// rest guards the gateway: it bounds bodies, refuses addresses that no message can hold, and lets a browser's EventSource go on where it
// was cut off.
func rest(gateway http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !readable(r) {
			restError(r.Context(), nil, nil, w, r, invalidField("url", "path and query must be valid UTF-8"))
			return
		}
		if last := r.Header.Get("Last-Event-Id"); last != "" && r.Method == http.MethodGet {
			query := r.URL.Query()
			if strings.HasSuffix(r.URL.Path, ":watch") {
				query.Del("resumeToken")
				query.Set("resume_token", last)
				r.URL.RawQuery = query.Encode()
			}
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxMessage)
		gateway.ServeHTTP(w, r)
	})
}

// readable reports whether path and query are texts.
func readable(r *http.Request) bool {
	if !utf8.ValidString(r.URL.Path) {
		return false
	}
	for name, values := range r.URL.Query() {
		if !utf8.ValidString(name) || slices.ContainsFunc(values, func(v string) bool { return !utf8.ValidString(v) }) {
			return false
		}
	}
	return true
}

// restError writes an error that came from a service or from the gateway itself.
func restError(ctx context.Context, mux *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	s := status.Convert(err)
	httpStatus := runtime.HTTPStatusFromCode(s.Code())
	var own *runtime.HTTPStatusError
	if errors.As(err, &own) {
		s, httpStatus = status.Convert(own.Err), own.HTTPStatus
	}
	if refused := parameterRefused.FindStringSubmatch(s.Message()); refused != nil && len(s.Details()) == 0 {
		s = status.Convert(invalidField(refused[1], refused[2]))
	} else if len(s.Details()) == 0 && s.Code() == codes.InvalidArgument { // the gateway could not read the request
		reason := flowdeskv1.ErrorReason_ERROR_REASON_INVALID_JSON
		code := codes.InvalidArgument
		if strings.Contains(s.Message(), "http: request body too large") {
			reason, code, httpStatus = flowdeskv1.ErrorReason_ERROR_REASON_TOO_LARGE, codes.ResourceExhausted, http.StatusRequestEntityTooLarge
		}
		s = status.Convert(withReason(code, reason, s.Message()))
	}
	s = status.Convert(forReader(asksForChinese(r.Header.Get("Accept-Language")), s.Err()))
	if md, ok := runtime.ServerMetadataFromContext(ctx); ok { // a service answered, and told the log; otherwise steady does both
		for _, id := range md.HeaderMD.Get(requestIDHeader) {
			w.Header().Set(requestIDHeader, id)
		}
	}
	s = status.Convert(withRequestInfo(s.Err(), r.Header.Get(requestIDHeader)))
	plain := &runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}
	body, failed := plain.Marshal(s.Proto())
	if failed != nil {
		body, httpStatus = []byte(`{"code":13,"message":"internal error"}`), http.StatusInternalServerError
	}
	w.Header().Del("Trailer")
	w.Header().Del("Transfer-Encoding")
	w.Header().Set("Content-Type", "application/json")
	if s.Code() == codes.Unauthenticated {
		w.Header().Set("Www-Authenticate", "Bearer")
	}
	w.WriteHeader(httpStatus)
	_, _ = w.Write(body)
}

// restRoutingError answers paths and methods that do not exist.
func restRoutingError(ctx context.Context, mux *runtime.ServeMux, m runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	message := "there is no " + r.Method + " " + r.URL.Path
	restError(ctx, mux, m, w, r, &runtime.HTTPStatusError{HTTPStatus: httpStatus, Err: withReason(codes.Unimplemented, noSuchMethod, message)})
}

// fileMarshaler writes the file that is one field of an answer, by response_body, as the whole answer.
type fileMarshaler struct {
	runtime.HTTPBodyMarshaler
}

// ContentType implements runtime.Marshaler.
func (m *fileMarshaler) ContentType(v any) string {
	if wrapped, ok := v.(interface{ XXX_ResponseBody() any }); ok {
		v = wrapped.XXX_ResponseBody()
	}
	return m.HTTPBodyMarshaler.ContentType(v)
}

const eventStream = "text/event-stream"

// eventMarshaler writes the messages of a stream as server-sent events. The id of an event is its resume token, which a browser sends back
// when it connects again.
type eventMarshaler struct {
	runtime.JSONPb
}

// ContentType implements runtime.Marshaler. Single answers stay JSON.
func (m *eventMarshaler) ContentType(any) string { return "application/json" }

// StreamContentType implements runtime.StreamContentType.
func (m *eventMarshaler) StreamContentType(any) string { return eventStream }

// Delimiter implements runtime.Delimited: an empty line ends an event.
func (m *eventMarshaler) Delimiter() []byte { return []byte("\n\n") }

// Marshal implements runtime.Marshaler.
func (m *eventMarshaler) Marshal(v any) ([]byte, error) {
	chunk, ok := streamChunk(v)
	if !ok {
		return m.JSONPb.Marshal(v)
	}
	var event bytes.Buffer
	if chunk.failed {
		event.WriteString("event: error\n")
	}
	if r, ok := chunk.message.(interface{ GetResumeToken() string }); ok && r.GetResumeToken() != "" {
		event.WriteString("id: " + r.GetResumeToken() + "\n")
	}
	data, err := m.JSONPb.Marshal(chunk.message)
	if err != nil {
		return nil, err
	}
	event.WriteString("data: ")
	event.Write(bytes.ReplaceAll(data, []byte("\n"), nil)) // a line break would end the field; JSON texts hold none
	return event.Bytes(), nil
}

type chunk struct {
	message proto.Message
	failed  bool
}

// streamChunk takes the message out of the wrapper that the gateway puts around each message of a stream.
func streamChunk(v any) (chunk, bool) {
	switch wrapped := v.(type) {
	case map[string]any:
		m, ok := wrapped["result"].(proto.Message)
		return chunk{message: m}, ok
	case map[string]proto.Message:
		if m := wrapped["error"]; m != nil {
			return chunk{m, true}, true
		}
		return chunk{message: wrapped["result"]}, wrapped["result"] != nil
	}
	return chunk{}, false
}
