package redislink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Oldest is the oldest version of Redis that does what is needed.
const Oldest = "6.2"

// Examine connects as the product does, tries out what it needs, and says what it found: the version, and how long an answer took. Its errors hold
// neither addresses nor secrets.
func Examine(ctx context.Context, address string) (version string, trip time.Duration, err error) {
	option, err := Option(address)
	if err != nil {
		return "", 0, err
	}
	sockets := &sockets{open: make(map[net.Conn]bool)}
	option.DialCtxFn = sockets.dial(option.DialCtxFn)
	client, err := connect(ctx, option, sockets)
	if err != nil {
		return "", 0, errors.New(Explain(err))
	}
	defer closeClient(client) //nolint:contextcheck // the end has a time of its own
	defer sockets.close()
	ctx, cancel := context.WithTimeout(ctx, 2*pingWithin)
	defer cancel()
	start := time.Now()
	info, err := client.Do(ctx, client.B().Info().Section("server").Build()).ToString()
	if err != nil {
		return "", 0, errors.New(Explain(err))
	}
	trip = time.Since(start)
	for line := range strings.Lines(info) {
		if found, is := strings.CutPrefix(line, "redis_version:"); is {
			version = strings.TrimSpace(found)
		}
	}
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err == nil && (major < 6 || major == 6 && minor < 2) {
		return version, trip, fmt.Errorf("version %s is too old: %s is needed", version, Oldest)
	}
	return version, trip, tryOut(ctx, client, fmt.Sprintf("flowdesk:%d:to:doctor", option.SelectDB))
}

// tryOut does what the product does, under a name of its own.
func tryOut(ctx context.Context, client rueidis.Client, key string) error {
	for _, answer := range client.DoMulti(ctx,
		client.B().XgroupCreate().Key(key).Group("flowdesk").Id("0").Mkstream().Build(),
		client.B().Xadd().Key(key).Id("*").FieldValue().FieldValue("h", "doctor").Build(),
		client.B().Publish().Channel(key).Message("doctor").Build(),
		client.B().Eval().Script("return redis.call('TIME')").Numkeys(1).Key(key).Build(),
		client.B().Del().Key(key).Build(),
	) {
		if err := answer.Error(); err != nil && !strings.Contains(err.Error(), "BUSYGROUP") {
			return errors.New(Explain(err))
		}
	}
	return nil
}
