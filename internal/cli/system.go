package cli

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/term"
)

// System is the world around a command, so that tests can give another.
type System struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal says which of the three is a terminal. Where it is none, nothing is asked, coloured or animated.
	InTerminal, OutTerminal, ErrTerminal bool
	// Width of the terminal in columns; 0 when nothing needs to be cut.
	Width int
	// Getenv reads the environment.
	Getenv func(string) string
	// Now is the clock of this machine.
	Now func() time.Time
	// ConfigDir holds profiles.yaml, unless FLOWDESK_CONFIG names the file.
	ConfigDir string
	// Dial reaches servers; nil takes the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Browse opens an address for the person who sits here.
	Browse func(ctx context.Context, address string) error
	// RequestID makes the id under which a request is found in the server's log.
	RequestID func() string
}

// Here is the system of this process.
func Here() System {
	s := System{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, Browse: browse,
		InTerminal: terminal(os.Stdin), OutTerminal: terminal(os.Stdout), ErrTerminal: terminal(os.Stderr),
		RequestID: func() string { return "cli-" + rand.Text() },
	}
	if s.OutTerminal {
		if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
			s.Width = width
		}
	}
	if dir, err := os.UserConfigDir(); err == nil {
		s.ConfigDir = dir
	}
	return s
}

func terminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// browse opens an address in the system's browser.
func browse(ctx context.Context, address string) error {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	return exec.CommandContext(ctx, name, args...).Start() //nolint:gosec // the address is ours, and no shell reads it
}
