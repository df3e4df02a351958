package postgres

import (
	"encoding/base64"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/flowdesk/flowdesk/internal/fabric"
)

// MaxMessage is the longest message that is carried: PostgreSQL takes payloads below 8,000 bytes.
const MaxMessage = 4096

var errMalformed = errors.New("not one of our hints")

// A payload is the version of the format, the sender's name, a number, the subject and the message, in base64 where it may hold anything. The
// number keeps PostgreSQL from taking two equal hints of one transaction for one.
const format = "1"

func encode(sender string, number int64, subject fabric.Subject, message []byte) string {
	return strings.Join([]string{format, escaped([]byte(sender)), strconv.FormatInt(number, 36), string(subject), escaped(message)}, " ")
}

func decode(payload string) (sender string, subject fabric.Subject, message []byte, err error) {
	parts := strings.Split(payload, " ")
	if len(parts) != 5 || parts[0] != format {
		return "", "", nil, errMalformed
	}
	name, err := base64.RawStdEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", nil, errMalformed
	}
	message, err = base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return "", "", nil, errMalformed
	}
	if message == nil {
		message = []byte{} // nil says that hints were lost
	}
	return string(name), fabric.Subject(parts[3]), message, nil
}

func escaped(data []byte) string { return base64.RawStdEncoding.EncodeToString(data) }

// channel is the name under which one replica listens, or all of a schema when the replica is empty. Names of channels are shared by all schemas
// of a database.
func channel(schema, replica string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(schema + "\x00" + replica))
	return fmt.Sprintf("flowdesk_%016x", h.Sum64())
}
