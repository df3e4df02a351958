package worktool

import (
	"net"
	"net/http"
	"time"

	"github.com/flowdesk/flowdesk/internal/connectors/dial"
	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

// PublicAddress is where the platform lives unless an account says otherwise.
const PublicAddress = "https://api.worktool.ymdyes.cn"

const (
	defaultTimeout   = 10 * time.Second
	defaultMaxAnswer = 8 << 20 // a hundred results with long texts, several times over
)

// Options of a Client. The zero value is ready for the public platform.
type Options struct {
	HTTP      *http.Client  // nil means NewHTTPClient(); redirects are never followed whatever it says
	Timeout   time.Duration // of one call with its answer; 0 means 10 s
	MaxAnswer int64         // bytes of an answer that are read at most; 0 means 8 MiB
}

// Client calls the platform. It holds no account and no state but connections, and may be shared by all robots.
// It does not limit its own rate: the limit holds per source address, so it belongs to whoever knows all callers.
type Client struct {
	http      *http.Client
	timeout   time.Duration
	maxAnswer int64
}

var _ robots.Platform = (*Client)(nil)

// New makes a Client.
func New(o Options) *Client {
	c := &Client{http: o.HTTP, timeout: o.Timeout, maxAnswer: o.MaxAnswer}
	if c.http == nil {
		c.http = NewHTTPClient()
	}
	own := *c.http
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &own
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.maxAnswer <= 0 {
		c.maxAnswer = defaultMaxAnswer
	}
	return c
}

// GuardedHTTPClient is NewHTTPClient that reaches public addresses only, and those inside that the guard allows: whoever may set up a robot
// chooses the address of its platform. No proxy of the environment is used, because the address dialled would be the proxy's.
func GuardedHTTPClient(guard dial.Guard) *http.Client {
	dialer := guard.Dialer()
	dialer.KeepAlive = keepAlive
	t := transport()
	t.Proxy, t.DialContext = nil, dialer.DialContext
	return &http.Client{Transport: t}
}

const keepAlive = 15 * time.Second

// NewHTTPClient makes the HTTP client that suits one platform host and many callers: all calls go to one host, so
// connections per host are what matters. Idle connections are dropped early, because a send over one that the
// platform is just closing ends with an unknown outcome.
func NewHTTPClient() *http.Client {
	return &http.Client{Transport: transport()}
}

func transport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: keepAlive}).DialContext,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: defaultTimeout,
		IdleConnTimeout:       20 * time.Second,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   64,
		MaxConnsPerHost:       64,
		ForceAttemptHTTP2:     true,
	}
}
