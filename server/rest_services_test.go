package server_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var pattern = regexp.MustCompile(`\{[^}=]*=?([^}]*)\}`)

// Every service is reached by REST as its proto says.
func TestEveryServiceIsReachedByREST(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var tried int
	for service := range f.server.GetServiceInfo() {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service))
		if err != nil || !strings.HasPrefix(service, "flowdesk.") {
			continue
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			rule, _ := proto.GetExtension(methods.Get(i).Options(), annotations.E_Http).(*annotations.HttpRule)
			if rule.GetGet() == "" || methods.Get(i).IsStreamingServer() {
				continue
			}
			path := strings.ReplaceAll(pattern.ReplaceAllString(rule.GetGet(), "$1"), "*", "x")
			answer := httptest.NewRecorder()
			f.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost"+path, nil))
			require.NotEqual(t, http.StatusMisdirectedRequest, answer.Code)
			require.NotContains(t, answer.Body.String(), "there is no GET", path)
			tried++
		}
	}
	require.Greater(t, tried, 50)
}
