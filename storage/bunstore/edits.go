package bunstore

import (
	"encoding/base64"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Changes of a command's text are one text column, to which each change is added: what a commit changes it must be able to say without reading.

// editRow is one change as the column has it; a comma stands between two.
func editRow(e *flowdeskv1.CommandEdit) string {
	return base64.RawStdEncoding.EncodeToString(encode(e))
}

// editsOf are the changes of a column.
func editsOf(column string) ([]*flowdeskv1.CommandEdit, error) {
	if column == "" {
		return nil, nil
	}
	var edits []*flowdeskv1.CommandEdit
	for row := range strings.SplitSeq(column, ",") {
		data, err := base64.RawStdEncoding.DecodeString(row)
		if err != nil {
			return nil, fmt.Errorf("change of its text: %w", err)
		}
		e := &flowdeskv1.CommandEdit{}
		if err := proto.Unmarshal(data, e); err != nil {
			return nil, fmt.Errorf("change of its text: %w", err)
		}
		edits = append(edits, e)
	}
	return edits, nil
}
