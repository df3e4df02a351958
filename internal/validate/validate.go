// Package validate applies the rules on the fields of the protos for the flow compiler, which knows no library for them.
package validate

import (
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// New makes the function for engine.Catalog.Validate. Making it costs some milliseconds, because the rules of all messages are compiled.
func New() (func(proto.Message) []engine.Violation, error) {
	validator, err := protovalidate.New(protovalidate.WithMessages(&flowdeskv1.FlowDefinition{}))
	if err != nil {
		return nil, fmt.Errorf("compile the rules of fields: %w", err)
	}
	return func(m proto.Message) []engine.Violation {
		err := validator.Validate(m)
		if err == nil {
			return nil
		}
		var broken *protovalidate.ValidationError
		if !errors.As(err, &broken) {
			return []engine.Violation{{Message: err.Error()}}
		}
		out := make([]engine.Violation, 0, len(broken.Violations))
		for _, v := range broken.Violations {
			out = append(out, engine.Violation{
				Field: protovalidate.FieldPathString(v.Proto.GetField()), Message: v.Proto.GetMessage(), Zh: chinese(v.Proto.GetMessage()),
			})
		}
		return out
	}, nil
}
