// Package docs_test holds the documentation to what there is: links, pictures, anchors and commands.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
)

const root = ".."

// pages are the documents of the repository, by their path from its root.
func pages(t *testing.T) map[string]string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/decisions/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		names = append(names, found...)
	}
	all := make(map[string]string, len(names))
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		path, err := filepath.Rel(root, name)
		require.NoError(t, err)
		all[path] = string(text)
	}
	require.Contains(t, all, "README.md")
	return all
}

var (
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	code    = regexp.MustCompile("`[^`\n]*`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
)

// anchors are the anchors of a page's headings, as GitHub makes them.
func anchors(text string) map[string]bool {
	all := make(map[string]bool)
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(h[1])) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				b.WriteRune(r)
			}
		}
		all[b.String()] = true
	}
	return all
}

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		prose := code.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
		for _, found := range link.FindAllStringSubmatch(prose, -1) {
			target := found[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(target, "#")
			file := page
			if path != "" {
				file = filepath.Join(filepath.Dir(page), path)
				_, err := os.Stat(filepath.Join(root, file))
				require.NoErrorf(t, err, "%s links to %s", page, target)
			}
			if anchor != "" && strings.HasSuffix(file, ".md") {
				require.Truef(t, anchors(all[file])[anchor], "%s links to %s, and %s has no such heading", page, target, file)
			}
		}
	}
}

func TestEveryPictureIsShownAndSmall(t *testing.T) {
	all := pages(t)
	taken, err := os.ReadFile(filepath.Join(root, "web/e2e/pictures.test.ts"))
	require.NoError(t, err)
	pictures, err := filepath.Glob("pictures/*")
	require.NoError(t, err)
	require.NotEmpty(t, pictures)
	var size int64
	for _, picture := range pictures {
		name := filepath.Base(picture)
		shown := false
		for _, text := range all {
			shown = shown || strings.Contains(text, "pictures/"+name)
		}
		require.Truef(t, shown, "%s is shown nowhere", picture)
		require.Containsf(t, string(taken), `"`+strings.TrimSuffix(name, ".webp")+`"`, "%s is taken by no test", picture)
		info, err := os.Stat(picture)
		require.NoError(t, err)
		size += info.Size()
	}
	require.Less(t, size, int64(3<<20), "all pictures together")
}

var (
	makeLine = regexp.MustCompile(`(?m)^make ([a-z0-9-]+)`)
	toldMake = regexp.MustCompile("`make ([a-z0-9-]+)")
	ourLine  = regexp.MustCompile(`(?m)^(?:bin/)?flowdesk ([a-z-]+(?: [a-z-]+)?)`)
	target   = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)
)

// Commands that README and guides name are there: targets of the Makefile, and commands that the reference lists.
func TestEveryCommandExists(t *testing.T) {
	all := pages(t)
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	targets := make(map[string]bool)
	for _, found := range target.FindAllStringSubmatch(string(makefile), -1) {
		targets[found[1]] = true
	}
	known := make(map[string]bool)
	for _, found := range regexp.MustCompile(`(?m)^### flowdesk (.+)$`).FindAllStringSubmatch(all["docs/cli.md"], -1) {
		known[found[1]] = true
	}
	for _, page := range []string{"README.md", "README.zh-CN.md", "docs/guide.md", "docs/guide.zh-CN.md", "docs/simulator.md"} {
		for _, pattern := range []*regexp.Regexp{makeLine, toldMake} {
			for _, found := range pattern.FindAllStringSubmatch(all[page], -1) {
				require.Truef(t, targets[found[1]], "%s names make %s", page, found[1])
			}
		}
		commands := ourLine.FindAllStringSubmatch(all[page], -1)
		require.NotEmpty(t, commands, page)
		for _, found := range commands {
			first, _, _ := strings.Cut(found[1], " ")
			require.Truef(t, known[found[1]] || known[first], "%s names flowdesk %s", page, found[1])
		}
	}
}

// Each page that is there in both languages has the same parts in both, and leads to the other.
func TestBothLanguagesSayTheSame(t *testing.T) {
	all := pages(t)
	parts := func(page string) (levels []int) {
		for _, h := range regexp.MustCompile(`(?m)^(#{1,6}) `).FindAllStringSubmatch(fence.ReplaceAllString(all[page], ""), -1) {
			levels = append(levels, len(h[1]))
		}
		return levels
	}
	require.Equal(t, parts("docs/guide.md"), parts("docs/guide.zh-CN.md"))
	for english, chinese := range map[string]string{"README.md": "README.zh-CN.md", "docs/guide.md": "docs/guide.zh-CN.md"} {
		require.Contains(t, all[english], "]("+filepath.Base(chinese)+")")
		require.Contains(t, all[chinese], "]("+filepath.Base(english)+")")
	}
}
