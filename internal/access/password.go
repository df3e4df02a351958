package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Cost of a password's hash: argon2id as OWASP advises where memory is shared with other work. A hash carries the cost it was made with,
// so that raising it here changes new hashes and the next sign-in of old ones.
const (
	hashMemory  = 19 << 10 // KiB
	hashTime    = 2
	hashThreads = 1
	hashSize    = 32
	saltSize    = 16
)

// Bounds of what a stored hash may ask for.
const (
	mostMemory = 1 << 20 // KiB
	mostTime   = 64
)

// MinPassword is the least number of bytes of a new password; the protos say the same.
const MinPassword = 10

// ErrHash is a stored hash that cannot be read.
var ErrHash = errors.New("password hash cannot be read")

// hashing lets few hashes be made at once: each takes 19 MiB and a processor for some hundredths of a second, and customers' messages come
// first.
type hashing chan struct{}

const hashesAtOnce = 2

func newHashing() hashing { return make(hashing, hashesAtOnce) }

func (h hashing) enter(ctx context.Context) error {
	select {
	case h <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h hashing) leave() { <-h }

// hash makes the stored form of a password, in the usual notation of argon2.
func (h hashing) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // it never fails
	sum := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashThreads, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// verify compares a password with its stored form, in a time that depends on the cost only. old says that the form has another cost than
// new ones.
func (h hashing) verify(ctx context.Context, password, stored string) (equal, old bool, err error) {
	parts := strings.Split(stored, "$")
	var version int
	var memory, times uint32
	var threads uint8
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false, ErrHash
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &times, &threads); err != nil {
		return false, false, ErrHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	sum, sumErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || sumErr != nil || version != argon2.Version || memory > mostMemory || times == 0 || times > mostTime || threads == 0 || len(sum) == 0 {
		return false, false, ErrHash
	}
	if err := h.enter(ctx); err != nil {
		return false, false, err
	}
	defer h.leave()
	got := argon2.IDKey([]byte(password), salt, times, memory, threads, uint32(len(sum)))
	old = memory != hashMemory || times != hashTime || threads != hashThreads || len(sum) != hashSize
	return subtle.ConstantTimeCompare(got, sum) == 1, old, nil
}
