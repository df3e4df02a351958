package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// strictQuery reads the query of an address. The gateway's own reader passes over what it does not know, so that a misspelt filter would
// list everything and a misspelt validateOnly would change something; here both are refused.
type strictQuery struct {
	runtime.DefaultQueryParser
}

// readStrictly lets the gateway read queries with strictQuery. It keeps its reader for the whole process, so that two servers in one must not both
// set it.
//
//nolint:gochecknoglobals // so is the gateway's
var readStrictly = sync.OnceFunc(func() { runtime.SetQueryParameterParser(&strictQuery{})(nil) })

// Parse implements runtime.QueryParameterParser. The gateway keeps no more of an error than its text, from which restError knows it again.
func (q *strictQuery) Parse(msg proto.Message, values url.Values, filter *utilities.DoubleArray) error {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path, known := fieldPath(msg.ProtoReflect().Descriptor(), name)
		switch {
		case !known:
			return refusedParameter(name, "there is no such parameter; there are: "+strings.Join(parameters(msg, filter), ", "))
		case filter.HasCommonPrefix(path):
			return refusedParameter(name, "it stands in the path or the body of the request")
		}
		if err := q.DefaultQueryParser.Parse(msg, url.Values{name: values[name]}, filter); err != nil {
			return refusedParameter(name, "the value is none of this parameter's: "+err.Error())
		}
	}
	return nil
}

// fieldPath is the path of a parameter's field by proto names. Parameters go by those, or by their names in JSON.
func fieldPath(d protoreflect.MessageDescriptor, name string) ([]string, bool) {
	var path []string
	for part := range strings.SplitSeq(name, ".") {
		if d == nil {
			return nil, false
		}
		field := d.Fields().ByName(protoreflect.Name(part))
		if field == nil {
			field = d.Fields().ByJSONName(part)
		}
		if field == nil {
			return nil, false
		}
		path, d = append(path, string(field.Name())), field.Message()
		if field.IsMap() || field.IsList() {
			d = nil
		}
	}
	return path, true
}

// parameters are the names of a request's fields that stand in the query.
func parameters(msg proto.Message, filter *utilities.DoubleArray) []string {
	var names []string
	fields := msg.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); !filter.HasCommonPrefix([]string{string(field.Name())}) {
			names = append(names, field.JSONName())
		}
	}
	return names
}

// errParameter is what restError recognises in the text of the gateway's error.
const errParameter = "query parameter "

func refusedParameter(name, description string) error {
	return errors.New(errParameter + name + ": " + description)
}

var parameterRefused = regexp.MustCompile(`^` + errParameter + `([^:]*): (?s:(.*))$`)

// wholeInBody refuses a query where the body is the whole request, which the gateway passes over: validateOnly there would change something.
func wholeInBody(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, params map[string]string) {
		pattern, ok := runtime.HTTPPattern(r.Context())
		if ok && r.URL.RawQuery != "" && bodyRoutes()[r.Method+" "+pattern.String()] {
			for name := range r.URL.Query() {
				restError(r.Context(), nil, nil, w, r, invalidField(name, "this method reads its body only; put it there"))
				return
			}
		}
		next(w, r, params)
	}
}

// bodyRoutes are the routes whose body is the whole request.
var bodyRoutes = sync.OnceValue(func() map[string]bool { //nolint:gochecknoglobals // it follows from the protos
	routes := make(map[string]bool)
	protoregistry.GlobalFiles.RangeFilesByPackage("flowdesk.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				rule, _ := proto.GetExtension(methods.Get(j).Options(), annotations.E_Http).(*annotations.HttpRule)
				for _, r := range append(rule.GetAdditionalBindings(), rule) {
					if r.GetBody() == "*" && r.GetPost() != "" {
						routes[fmt.Sprintf("%s %s", http.MethodPost, r.GetPost())] = true
					}
				}
			}
		}
		return true
	})
	return routes
})
