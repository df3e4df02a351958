package server

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// tokenFormat begins a resume token: its format, the minute in which it was made, and pairs of a writer and how far its log was read.
const tokenFormat = 1

// maxWriters bounds a token: processes that committed turns in the last day.
const maxWriters = 10_000

// token is a place as text.
func (p place) token(now time.Time) string {
	data := []byte{tokenFormat}
	data = binary.AppendUvarint(data, uint64(now.Unix()/60))
	for _, writer := range slices.Sorted(maps.Keys(p)) {
		data = binary.AppendUvarint(data, uint64(writer))
		data = binary.AppendUvarint(data, uint64(p[writer]))
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// placeOf reads a token. One that is older than the log is kept has expired.
func placeOf(token string, now time.Time) (place, error) {
	invalid := withReason(codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_RESUME_TOKEN, "the resume token is not one of ours")
	if _, number, old := strings.Cut(token, "."); old { // of a version that numbered turns in memory
		if _, err := strconv.ParseUint(number, 10, 64); err == nil {
			return nil, expired()
		}
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) < 2 || data[0] != tokenFormat {
		return nil, invalid
	}
	var numbers []uint64
	for data = data[1:]; len(data) > 0; {
		number, n := binary.Uvarint(data)
		if n <= 0 || number > 1<<62 || len(numbers) > 2*maxWriters {
			return nil, invalid
		}
		numbers, data = append(numbers, number), data[n:]
	}
	if len(numbers)%2 != 1 {
		return nil, invalid
	}
	if made := time.Unix(int64(min(numbers[0], 1<<40))*60, 0); now.Sub(made) > tokenGood+time.Minute {
		return nil, expired()
	}
	at := place{}
	for pair := range slices.Chunk(numbers[1:], 2) {
		at[int64(pair[0])] = int64(pair[1])
	}
	return at, nil
}
