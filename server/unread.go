package server

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strconv"

	"connectrpc.com/connect"
	"connectrpc.com/vanguard"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// What the transcoder cannot read of a browser's request reaches no service, and so no interceptor that could say what is wrong with it. The
// transcoder and gRPC take it for a failure of the server, upon which a client tries again.

// tooLarge is said of a request that is larger than what is taken.
func tooLarge(err error) error {
	return withReason(codes.ResourceExhausted, flowdeskv1.ErrorReason_ERROR_REASON_TOO_LARGE, err.Error())
}

// malformed is said of a request that is not what it says it is.
func malformed(err error) error {
	return withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_JSON, err.Error())
}

// browserJSON reads the JSON of browsers.
type browserJSON struct{ *vanguard.JSONCodec }

func newBrowserJSON(types vanguard.TypeResolver) vanguard.Codec {
	return browserJSON{vanguard.NewJSONCodec(types)}
}

// Unmarshal implements vanguard.Codec.
func (c browserJSON) Unmarshal(data []byte, into proto.Message) error {
	if err := c.JSONCodec.Unmarshal(data, into); err != nil {
		return connectError(malformed(err))
	}
	return nil
}

// connectError is a status as the transcoder passes it on.
func connectError(err error) error {
	s := status.Convert(err)
	said := connect.NewError(connect.Code(s.Code()), errors.New(s.Message()))
	for _, detail := range s.Proto().GetDetails() {
		if d, err := connect.NewErrorDetail(detail); err == nil {
			said.AddDetail(d)
		}
	}
	return said
}

// sayUnread puts why a request could not be read into the place of what gRPC says of it.
func sayUnread(services http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &listened{ReadCloser: r.Body}
		r.Body = body
		services.ServeHTTP(w, r)
		if !errors.Is(body.err, errEnvelope) && !errors.As(body.err, new(*http.MaxBytesError)) {
			return
		}
		s := status.Convert(forReader(asksForChinese(r.Header.Get("Accept-Language")), tooLarge(body.err)))
		s = status.Convert(withRequestInfo(s.Err(), r.Header.Get(requestIDHeader)))
		details, err := proto.Marshal(s.Proto())
		if err != nil {
			return
		}
		w.Header().Set("Grpc-Status", strconv.Itoa(int(s.Code()))) // gRPC has announced these trailers
		w.Header().Set("Grpc-Message", s.Message())
		w.Header().Set("Grpc-Status-Details-Bin", base64.RawStdEncoding.EncodeToString(details))
	})
}

// listened is a body that remembers why it could not be read to its end.
type listened struct {
	io.ReadCloser

	err error
}

// Read implements io.Reader.
func (l *listened) Read(into []byte) (int, error) {
	n, err := l.ReadCloser.Read(into)
	if err != nil && l.err == nil {
		l.err = err
	}
	return n, err
}
