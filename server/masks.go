package server

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// merge writes the fields that a request names into the stored resource, and gives their names. Without a mask those that are set count;
// a star names all. A nested message is replaced as a whole, so that a path into one names it. Fields that are not changeable are left
// out, because a resource that was read may be sent back as it is; names of no field are refused. A field goes by its name, or by the one
// that it has in JSON, which is what callers of REST see and write.
func merge(stored, given proto.Message, mask *fieldmaskpb.FieldMask, changeable ...protoreflect.Name) ([]string, error) {
	to, from := stored.ProtoReflect(), given.ProtoReflect()
	fields := to.Descriptor().Fields()
	named := make(map[protoreflect.Name]bool)
	for _, path := range mask.GetPaths() {
		name, _, _ := strings.Cut(path, ".")
		if name == "*" {
			for _, n := range changeable {
				named[n] = true
			}
			continue
		}
		field := fields.ByName(protoreflect.Name(name))
		if field == nil {
			field = fields.ByJSONName(name)
		}
		if field == nil {
			return nil, withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD_MASK, "update_mask: there is no field "+path)
		}
		named[field.Name()] = true
	}
	var changed []string
	for i := range fields.Len() {
		field := fields.Get(i)
		if !slices.Contains(changeable, field.Name()) || len(mask.GetPaths()) > 0 && !named[field.Name()] {
			continue
		}
		switch {
		case from.Has(field):
			to.Set(field, from.Get(field))
		case named[field.Name()]:
			to.Clear(field)
		default:
			continue
		}
		changed = append(changed, string(field.Name()))
	}
	return changed, nil
}

// checkEtag refuses a change that is based on an older state.
func checkEtag(ctx context.Context, given, stored string) error {
	if given != "" && given != stored && !repeated(ctx) {
		return etagMismatch()
	}
	return nil
}

func etagMismatch() error {
	return withReason(codes.Aborted, flowdeskv1.ErrorReason_ERROR_REASON_ETAG_MISMATCH, engine.Changed)
}

// revision is the revision that an etag of a task or alert stands for; 0 for none.
func revision(etag string) int64 {
	n, err := strconv.ParseInt(etag, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
