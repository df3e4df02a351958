package cli_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/cli"
)

var update = flag.Bool("update", false, "write what was printed as what is expected")

// TestScripts plays the scripts of testdata in both languages, each against a server of its own, and compares what is printed with the
// golden file beside it. A line of a script is one of
//
//	$ flow list              run the command line
//	$5s run watch            run it, and interrupt it after 5 s
//	NAME = run list -o name  run it, and keep the first word that it prints as {NAME}
//	< y                      what the next command reads, from a person at a terminal
//	@ wait 1h                let time go by
//	@ env NAME=value         set a variable of the environment, or unset it with an empty value
//	@ write NAME text        write a file into the working directory, \n for a new line
//	# remark
//
// {work} is the working directory, {testdata} where the scripts are.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.script")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		for _, language := range []cli.Language{cli.English, cli.Chinese} {
			name := strings.TrimSuffix(filepath.Base(file), ".script") + "." + string(language)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				script, err := os.ReadFile(file)
				require.NoError(t, err)
				work := t.TempDir()
				var got string
				inWorld(t, func(w *world) { got = newPlayer(w, work, language).play(string(script)) })
				golden := filepath.Join("testdata", name+".golden")
				if *update {
					require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
					return
				}
				want, err := os.ReadFile(golden)
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")), "go test -run TestScripts -update writes the files anew")
			})
		}
	}
}

// player plays one script.
type player struct {
	w        *world
	env      map[string]string
	kept     map[string]string
	work     string
	requests int
	typed    string
	ids      map[string]string
	out      strings.Builder
}

func newPlayer(w *world, work string, language cli.Language) *player {
	return &player{
		w: w, work: work, kept: make(map[string]string), ids: make(map[string]string), env: map[string]string{
			"FLOWDESK_SERVER": grpcAddress, "FLOWDESK_CONSOLE": "http://" + httpAddress, "FLOWDESK_ZONE": "Asia/Shanghai",
			"FLOWDESK_CONFIG": filepath.Join(work, "profiles.yaml"), "FLOWDESK_DATA_DIR": filepath.Join(work, "data"), "LANG": string(language) + "_XX.UTF-8",
		},
	}
}

func (p *player) play(script string) string {
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			fmt.Fprintln(&p.out, line)
			continue
		case word == "<":
			p.typed += p.fill(rest) + "\n"
			continue
		case word == "@":
			p.act(rest)
		case strings.HasPrefix(word, "$"):
			ctx, cancel := context.WithCancel(p.w.t.Context())
			if word != "$" {
				after, err := time.ParseDuration(word[1:])
				require.NoError(p.w.t, err)
				time.AfterFunc(after, cancel)
			}
			fmt.Fprintln(&p.out, line)
			_, code := p.run(ctx, rest)
			if code != 0 {
				fmt.Fprintf(&p.out, "[exit %d]\n", code)
			}
			cancel()
		case strings.HasPrefix(rest, "= "):
			printed, code := p.run(p.w.t.Context(), strings.TrimPrefix(rest, "= "))
			require.Zero(p.w.t, code, line)
			first, _, _ := strings.Cut(printed, "\n")
			p.kept[word] = first[strings.LastIndexByte(first, '/')+1:]
			require.NotEmpty(p.w.t, p.kept[word], line)
		default:
			require.Fail(p.w.t, "a line that the script may not have", line)
		}
	}
	return p.out.String()
}

func (p *player) act(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "wait":
		d, err := time.ParseDuration(rest)
		require.NoError(p.w.t, err)
		time.Sleep(d)
		synctest.Wait()
	case "env":
		name, value, _ := strings.Cut(rest, "=")
		p.env[name] = p.fill(value)
	case "write":
		name, text, _ := strings.Cut(rest, " ")
		file := filepath.Join(p.work, name)
		require.NoError(p.w.t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(p.w.t, os.WriteFile(file, []byte(strings.ReplaceAll(text, `\n`, "\n")), 0o600))
	default:
		require.Fail(p.w.t, "an act that is not known", line)
	}
}

// run runs a command line; what it prints is in the transcript unless it is kept.
func (p *player) run(ctx context.Context, line string) (printed string, code int) {
	var out, err bytes.Buffer
	system := cli.System{
		In: strings.NewReader(p.typed), Out: &out, Err: &err, InTerminal: p.typed != "", Now: time.Now, Dial: p.w.network.dial,
		Getenv: func(name string) string { return p.env[name] }, Browse: func(context.Context, string) error { return nil },
		RequestID: func() string {
			p.requests++
			return fmt.Sprintf("request-%d", p.requests)
		},
	}
	p.typed = ""
	code = cli.Main(ctx, &cli.Commands{}, p.split(p.fill(line)), system)
	synctest.Wait()
	kept := strings.Contains(line, "-o name")
	if !kept {
		p.out.WriteString(p.mask(out.String()))
		for l := range strings.Lines(p.mask(err.String())) {
			p.out.WriteString("! " + l)
		}
	}
	return out.String(), code
}

// fill puts what was kept into a line.
func (p *player) fill(line string) string {
	line = strings.ReplaceAll(line, "{work}", p.work)
	line = strings.ReplaceAll(line, "{testdata}", "testdata")
	for _, name := range slices.Sorted(maps.Keys(p.kept)) {
		line = strings.ReplaceAll(line, "{"+name+"}", p.kept[name])
	}
	return line
}

// split cuts a line into arguments at spaces, as a shell does; 'single quotes' hold together.
func (p *player) split(line string) []string {
	var (
		args   []string
		word   strings.Builder
		inside bool
		begun  bool
	)
	for _, r := range line {
		switch {
		case r == '\'':
			inside, begun = !inside, true
		case r == ' ' && !inside:
			if begun {
				args, begun = append(args, word.String()), false
				word.Reset()
			}
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if begun {
		args = append(args, word.String())
	}
	return args
}

var (
	idPattern   = regexp.MustCompile(`\b0[0-9a-hjkmnp-tv-z]{19}\b`)
	etagPattern = regexp.MustCompile(`("etag": ?")[^"]+|("(?:trace|digest|resumeToken|nextPageToken)": ?")[^"]+`)
	sizePattern = regexp.MustCompile(`\d+\.\d MiB`)
	// Which of the robots calls first in the seconds after the start is theirs to decide.
	startPattern = regexp.MustCompile(`(01-04 10:00:0)\d`)
)

// mask puts what differs from run to run into a form that does not. Columns keep their widths.
func (p *player) mask(text string) string {
	text = strings.ReplaceAll(text, p.work, "{work}")
	text = strings.ReplaceAll(text, p.w.dir, "{data}")
	text = idPattern.ReplaceAllStringFunc(text, func(id string) string {
		if p.ids[id] == "" {
			p.ids[id] = fmt.Sprintf("0id%017d", len(p.ids)+1)
		}
		return p.ids[id]
	})
	text = etagPattern.ReplaceAllString(text, "$1$2…")
	text = startPattern.ReplaceAllString(text, "${1}0")
	return sizePattern.ReplaceAllString(text, "N MiB")
}
