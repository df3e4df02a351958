package cli

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver of embedded databases

	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/redislink"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage/postgres"
)

// examineWithin is how long a system may take to answer.
const examineWithin = 5 * time.Second

// configuration checks the file that says what flows may call, and the keys in it.
func (d *doctor) configuration(ctx context.Context) {
	file := filepath.Join(d.DataDir, "outside.yaml")
	if _, err := os.Stat(d.DataDir); errors.Is(err, fs.ErrNotExist) {
		d.add("configuration", skipped, d.say("there is no data directory %s here; run doctor where the server runs, or name it with --data-dir", d.DataDir), "")
		return
	}
	d.writable()
	config, err := outside.Load(file)
	if !d.either("configuration", err, d.say("%s: providers of models: %d, hosts: %d, channels: %d", file, len(config.Models.Providers), len(config.HTTP.Hosts), len(config.Channels)),
		d.say("correct %s, or set the variables that it names", file)) {
		return
	}
	performer, err := outside.New(config, nil)
	if err != nil {
		d.add("models", unwell, err.Error(), d.say("correct %s, or set the variables that it names", file))
		return
	}
	performer.Close() //nolint:contextcheck // it has a life of its own
	if len(config.Models.Providers) == 0 {
		d.add("models", skipped, d.say("no provider of models: texts are understood and answered without one"), "")
	}
	for _, p := range config.Models.Providers {
		d.model(ctx, p)
	}
}

// model checks the key of a provider, by asking it for the models that it has: that costs nothing.
func (d *doctor) model(ctx context.Context, p outside.Provider) {
	preset, err := models.Preset(orText(p.Preset, "generic"))
	check := "model " + orText(p.Name, preset.Name)
	switch {
	case err != nil:
		d.add(check, unwell, err.Error(), d.say("name a preset that there is"))
		return
	case p.Key.Reveal() == "" && !p.NoKey && !preset.Dialect.NoKey:
		d.add(check, unwell, d.say("there is no key"), d.say("set the variable that outside.yaml names as the key"))
		return
	case d.Offline:
		d.add(check, skipped, d.say("a key is set; it was not tried"), "")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	base := strings.TrimSuffix(orText(p.Base, preset.Base), "/")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/models", nil)
	if err != nil {
		d.add(check, unwell, d.say("%s is no address", base), d.say("correct base in outside.yaml"))
		return
	}
	if key := p.Key.Reveal(); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	answer, err := d.http().Do(request)
	if err != nil {
		d.add(check, unwell, d.say("%s does not answer: %s", base, bare(err)), d.say("check the address, and that this machine may reach it"))
		return
	}
	_ = answer.Body.Close()
	switch {
	case refused(answer) && p.Key.Reveal() == "":
		d.add(check, unwell, d.say("the provider wants a key (status %d)", answer.StatusCode), d.say("set the variable that outside.yaml names as the key"))
	case refused(answer):
		d.add(check, unwell, d.say("the provider refuses the key (status %d)", answer.StatusCode), d.say("make a new key at the provider and set it"))
	case answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests:
		d.add(check, warning, d.say("the provider is in trouble (status %d)", answer.StatusCode), d.say("try again later; flows go on with the next provider, or without"))
	default:
		d.add(check, well, d.say("%s answers and takes the key", base), "")
	}
}

// refused reports whether a provider does not take the key.
func refused(answer *http.Response) bool {
	return answer.StatusCode == http.StatusUnauthorized || answer.StatusCode == http.StatusForbidden
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// storage checks the database without changing anything in it.
func (d *doctor) storage(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	ring := d.keys()
	scheme, rest, _ := strings.Cut(d.Database, ":")
	switch {
	case strings.HasPrefix(scheme, "postgres"):
		d.postgres(ctx, ring)
		return
	case d.Database == "":
		rest = filepath.Join(d.DataDir, "flowdesk.db")
	case scheme != "sqlite" || rest == "":
		d.add("database", unwell, d.say("%s is no database setting", d.Database), d.say("write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME"))
		return
	}
	info, err := os.Stat(rest)
	if errors.Is(err, fs.ErrNotExist) {
		d.add("database", skipped, d.say("%s is not there; the server makes it when it starts", rest), "")
		return
	}
	if err == nil {
		err = quickCheck(ctx, rest, func(ctx context.Context, db *sql.DB) error {
			d.opens(ctx, db, ring)
			return nil
		})
	}
	size := int64(0)
	if info != nil {
		size = info.Size()
	}
	d.either("database", err, d.say("%s: sound, %.1f MiB", rest, float64(size)/(1<<20)), d.say("stop the server, keep the file, and restore the last backup"))
}

// quickCheck lets SQLite look through a file that it may only read. Into one that is sound another look is taken.
func quickCheck(ctx context.Context, file string, look func(context.Context, *sql.DB) error) error {
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Opaque: filepath.ToSlash(file), RawQuery: "mode=ro"}).String())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	if verdict != "ok" {
		return errors.New(verdict)
	}
	return look(ctx, db)
}

func (d *doctor) postgres(ctx context.Context, ring *sealed.Ring) {
	address, err := url.Parse(d.Database)
	if err != nil || address.Hostname() == "" { // the error would show the password
		d.add("database", unwell, d.say("the setting is no address of PostgreSQL"), d.say("write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME"))
		return
	}
	host := net.JoinHostPort(address.Hostname(), orText(address.Port(), "5432"))
	connection, err := d.dial(ctx, host)
	remedy := d.say("start PostgreSQL, or correct host and port of the setting")
	if err == nil {
		_ = connection.Close()
		if d.sys.Dial == nil { // the driver would take the real network
			remedy, err = d.remedied(postgres.Examine(ctx, d.Database, func(ctx context.Context, db *sql.DB) error {
				d.opens(ctx, db, ring)
				return nil
			}))
		}
	}
	d.either("database", err, d.say("PostgreSQL at %s answers", host), remedy)
}

// remedied takes a sentence that ends in its remedy apart, and says the remedy in the reader's language.
func (d *doctor) remedied(err error) (remedy string, trouble error) {
	if err == nil {
		return "", nil
	}
	text := err.Error()
	if at := strings.LastIndex(text, ": "); at >= 0 {
		return d.say(text[at+2:]), errors.New(text[:at])
	}
	return "", err
}

// redis checks that Redis answers, where the server uses one.
func (d *doctor) redis(ctx context.Context) {
	if d.Redis == "" {
		d.add("redis", skipped, d.say("not configured: one server alone needs none"), "")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, examineWithin)
	defer cancel()
	address := d.Redis
	if !strings.Contains(address, "://") {
		address = "redis://" + address
	}
	option, err := redislink.Option(address)
	if err != nil {
		d.add("redis", unwell, d.say("the setting is no address of Redis"), d.say("write redis://USER:PASSWORD@HOST:PORT/DATABASE, or rediss:// for TLS"))
		return
	}
	host := option.InitAddress[0]
	if d.sys.Dial != nil { // the client would take the real network
		d.either("redis", d.ping(ctx, host), d.say("Redis at %s answers", host), d.say("start Redis, or correct the setting"))
		return
	}
	version, took, err := redislink.Examine(ctx, address)
	if err != nil {
		d.add("redis", unwell, d.say("Redis at %s: %s", host, err),
			d.say("start Redis 6.2 or later, correct the setting, or let its user use the channels and keys flowdesk:*; meanwhile servers work without it, more slowly"))
		return
	}
	d.add("redis", well, d.say("Redis %s at %s answers in %s", version, host, d.duration(took)), "")
}

// ping asks Redis for a sign of life. One that wants a password answers so, and is alive.
func (d *doctor) ping(ctx context.Context, host string) error {
	connection, err := d.dial(ctx, host)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if deadline, set := ctx.Deadline(); set {
		if err := connection.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := connection.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(connection).ReadString('\n')
	if err != nil {
		return err
	}
	if answer := strings.TrimSpace(line); answer != "+PONG" && !strings.HasPrefix(answer, "-NOAUTH") {
		return errors.New(d.say("this is no Redis: it answers %q", answer))
	}
	return nil
}

func (d *doctor) dial(ctx context.Context, host string) (net.Conn, error) {
	if d.sys.Dial != nil {
		return d.sys.Dial(ctx, "tcp", host)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", host)
}
