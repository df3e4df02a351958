package cli

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// Shell is what every command works with.
type Shell struct {
	Language

	sys        System
	remote     Remote
	profile    Profile
	profileKey string // name of the profile; empty when there is none
	zone       *time.Location
	zoneMeant  bool // the caller said which zone; it is not only this machine's
	connection *grpc.ClientConn
}

// defaultServer and defaultConsole are where flowdesk dev and serve listen by default.
const (
	defaultServer  = "127.0.0.1:9090"
	defaultConsole = "http://127.0.0.1:8080"
)

// prepare settles profile, server, zone and language once the flags are known.
func (sh *Shell) prepare() error {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return err
	}
	wanted := cmp.Or(sh.remote.Profile, sh.sys.Getenv("FLOWDESK_PROFILE"))
	sh.profileKey = cmp.Or(wanted, all.Use)
	profile, known := all.Profiles[sh.profileKey]
	if !known {
		if wanted != "" {
			return sh.usage("there is no profile %s; flowdesk profile list shows what there is", wanted)
		}
		sh.profileKey = ""
	}
	sh.profile = profile
	if sh.remote.Timeout <= 0 {
		return sh.usage("--timeout must be more than 0")
	}
	sh.zone, sh.zoneMeant = time.Local, false
	if name := cmp.Or(sh.remote.Zone, sh.sys.Getenv("FLOWDESK_ZONE"), profile.Zone); name != "" {
		if sh.zone, err = time.LoadLocation(name); err != nil {
			return sh.usage("there is no zone %s; write one such as Asia/Shanghai", name)
		}
		sh.zoneMeant = true
	}
	return nil
}

// deskZone lets times be those of the organisation, unless the caller said which zone is meant: what a flow does at 22:30 depends on the clock of
// its desk, not on that of this machine. Settings are those of the server, or the given ones without a server.
func (sh *Shell) deskZone(ctx context.Context, local *flowdeskv1.Settings) error {
	if sh.zoneMeant {
		return nil
	}
	settings := local
	if settings == nil {
		got, err := call(ctx, sh, flowdeskv1.NewSettingsServiceClient, flowdeskv1.SettingsServiceClient.GetSettings, &flowdeskv1.GetSettingsRequest{})
		switch {
		case status.Code(err) == codes.PermissionDenied: // then this machine's has to do
			return nil
		case err != nil:
			return err
		}
		settings = got.GetSettings()
	}
	zone, err := time.LoadLocation(cmp.Or(settings.GetTimeZone(), desk.DefaultSettings().GetTimeZone()))
	if err != nil {
		return fmt.Errorf("the organisation's zone: %w", err)
	}
	sh.zone = zone
	return nil
}

// server is the address that is asked.
func (sh *Shell) server() string {
	return cmp.Or(sh.remote.Server, sh.sys.Getenv("FLOWDESK_SERVER"), sh.profile.Server, defaultServer)
}

// console is the address of the console, the REST API and the callbacks.
func (sh *Shell) console() string {
	return cmp.Or(sh.sys.Getenv("FLOWDESK_CONSOLE"), sh.profile.Console, consoleOf(sh.server()))
}

// consoleOf is where the console of a server is when nobody says so: behind TLS at the same place, else at its usual port of the same machine.
func consoleOf(server string) string {
	if host, ok := strings.CutPrefix(server, "https://"); ok {
		return "https://" + strings.TrimSuffix(host, ":443")
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(server, "http://"))
	if err != nil || host == "" {
		return defaultConsole
	}
	return "http://" + net.JoinHostPort(host, "8080")
}

// token is the bearer token; empty when the server asks for none. A token of the environment, by either name, counts more than the profile's.
func (sh *Shell) token() string {
	return cmp.Or(sh.sys.Getenv("FLOWDESK_TOKEN"), sh.sys.Getenv("FLOWDESK_API_KEY"), sh.profile.Token)
}

// print writes a line of the result.
func (sh *Shell) print(english string, values ...any) {
	_, _ = fmt.Fprintln(sh.sys.Out, sh.say(english, values...))
}

// notice tells the person something that is no result.
func (sh *Shell) notice(english string, values ...any) {
	_, _ = fmt.Fprintln(sh.sys.Err, sh.say(english, values...))
}

func (sh *Shell) close() {
	if sh.connection != nil {
		_ = sh.connection.Close()
	}
}
