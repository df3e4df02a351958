package redislink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/redis/rueidis"
)

// ErrAddress is a setting that is no address of Redis. It does not repeat the setting, which may hold a password.
var ErrAddress = errors.New("the setting is no address of Redis: write redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS")

// errSilent is a Redis that takes connections and does not answer.
var errSilent = errors.New("no answer in time")

// Option reads an address.
func Option(address string) (rueidis.ClientOption, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return rueidis.ClientOption{}, ErrAddress
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 1<<16-1 {
			return rueidis.ClientOption{}, ErrAddress
		}
	}
	option, err := rueidis.ParseURL(address)
	if err != nil || option.SelectDB < 0 {
		return rueidis.ClientOption{}, ErrAddress
	}
	option.ClientName = "flowdesk"
	option.ForceSingleClient = true // the library would ask for a cluster first
	option.DisableRetry = true      // what fails is found out at once, and done without
	option.PipelineMultiplex = -1   // one connection carries everything that does not block
	option.BlockingPoolSize = 4     // the stream's reader and the subscription, with room
	option.Dialer.Timeout = dialWithin
	option.Dialer.KeepAlive = pingEvery
	option.ConnWriteTimeout = dialWithin + pingWithin
	option.CacheSizeEachConn = cacheBytes
	option.ReadBufferEachConn, option.WriteBufferEachConn = 64<<10, 64<<10
	return option, nil
}

// Explain says why Redis is away, without addresses or secrets.
func Explain(err error) string {
	var unknown *net.DNSError
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var header tls.RecordHeaderError
	var network net.Error
	said := ""
	if refused, is := rueidis.IsRedisErr(err); is {
		said = refused.Error()
	}
	switch {
	case err == nil:
		return ""
	case strings.Contains(said, "WRONGPASS"), strings.Contains(said, "NOAUTH"), strings.Contains(said, "invalid password"):
		return "it does not take the user and password"
	case strings.Contains(said, "NOPERM"):
		return "the user may not do what is needed: it needs PUBLISH, SUBSCRIBE, streams and scripts"
	case strings.Contains(said, "LOADING"):
		return "it is loading its data"
	case strings.Contains(said, "READONLY"):
		return "it is a read-only copy"
	case strings.Contains(said, "max number of clients"):
		return "it has too many clients"
	case strings.Contains(said, "DB index"):
		return "it has no database of that number"
	case said != "":
		return "it answers with an error: " + strings.SplitN(said, " ", 2)[0]
	case errors.As(err, &unknown):
		return "its name is not known"
	case errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &header):
		return "TLS cannot be agreed upon"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens at its address"
	case errors.Is(err, errSilent), errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return "it does not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, rueidis.ErrClosing), errors.Is(err, net.ErrClosed), errors.Is(err, syscall.ECONNRESET):
		return "the connection was lost"
	default:
		return "it cannot be reached"
	}
}
