package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/cli"
)

// TestASlowSimulatorIsGivenUp lets the first test case pass and the second never end: a draft that was not tested to the end is kept back, unless
// the person says otherwise, and what is published then is the revision that was tested.
func TestASlowSimulatorIsGivenUp(t *testing.T) {
	t.Parallel()
	published := make(chan *flowdeskv1.PublishFlowRequest, 2)
	s := newStranger(t, func(method string, stream grpc.ServerStream) error {
		read := func(request proto.Message) error { return stream.RecvMsg(request) }
		switch method[strings.LastIndexByte(method, '/')+1:] {
		case "GetFlow":
			if err := read(&flowdeskv1.GetFlowRequest{}); err != nil {
				return err
			}
			return stream.SendMsg(&flowdeskv1.GetFlowResponse{Flow: &flowdeskv1.Flow{Revision: 7}})
		case "ListTestCases":
			request := &flowdeskv1.ListTestCasesRequest{}
			if err := read(request); err != nil {
				return err
			}
			name, next := "quick", "more" // on two pages
			if request.GetPageToken() == "more" {
				name, next = "stuck", ""
			}
			return stream.SendMsg(&flowdeskv1.ListTestCasesResponse{TestCases: []*flowdeskv1.TestCase{{Name: request.GetParent() + "/testCases/" + name}}, NextPageToken: next})
		case "RunTestCase":
			request := &flowdeskv1.RunTestCaseRequest{}
			if err := read(request); err != nil {
				return err
			}
			if strings.HasSuffix(request.GetName(), "stuck") {
				<-stream.Context().Done()
				return stream.Context().Err()
			}
			return stream.SendMsg(&flowdeskv1.RunTestCaseResponse{Result: &flowdeskv1.TestCaseResult{TestCase: request.GetName(), Passed: true}})
		default:
			request := &flowdeskv1.PublishFlowRequest{}
			if err := read(request); err != nil {
				return err
			}
			published <- request
			return stream.SendMsg(&flowdeskv1.PublishFlowResponse{FlowVersion: &flowdeskv1.FlowVersion{Version: 3, Active: true}})
		}
	})
	_, said, code := s.run(t, nil, "flow", "publish", "f", "--test", "--test-limit", "1500ms")
	require.Equal(t, cli.ExitUnavailable, code, said)
	require.Contains(t, said, "1 of 2 were played; nothing was published")
	require.Empty(t, published)

	out, said, code := s.run(t, nil, "flow", "publish", "f", "--test-anyway", "--test-limit", "1500ms")
	require.Equal(t, cli.ExitOK, code, said)
	require.Contains(t, said, "1 of 2 were played")
	require.Contains(t, out, "version 3 is live")
	require.EqualValues(t, 7, (<-published).GetRevision())
}
