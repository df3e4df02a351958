package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	testFunc  = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(t`)
	namedTest = regexp.MustCompile("`(Test[A-Za-z0-9_]+)")
	breakName = regexp.MustCompile(`\{name: "([^"]+)"`)
)

// testsBelow are the tests in the files of a directory and those below it.
func testsBelow(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	require.NoError(t, filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, one := range testFunc.FindAllStringSubmatch(string(text), -1) {
			found[one[1]] = true
		}
		return err
	}))
	return found
}

// section is what stands below a heading of a page.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n## "+heading+"\n")
	require.True(t, ok, heading)
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// The page of promises names tests that there are, shows every promise of the fault kit, each by a command that runs it, and lists every break.
func TestThePageOfPromisesNamesWhatThereIs(t *testing.T) {
	page := pages(t)["docs/reliability.md"]
	all, kit := testsBelow(t, "."), testsBelow(t, "internal/fault/promises")
	for _, found := range namedTest.FindAllStringSubmatch(page, -1) {
		require.Truef(t, all[found[1]], "there is no %s", found[1])
	}
	promises := section(t, page, "Promises")
	for name := range kit {
		require.Containsf(t, promises, "`"+name+"`", "%s has no row", name)
	}
	for line := range strings.Lines(promises) {
		row := strings.Split(line, "|")
		if len(row) != 6 || !strings.Contains(row[3], "`Test") || strings.Contains(row[3], "go test ") {
			continue
		}
		for _, found := range namedTest.FindAllStringSubmatch(row[3], -1) {
			require.Truef(t, kit[found[1]], "make fault does not run %s", found[1])
		}
	}
	breaks, err := os.ReadFile(filepath.Join(root, "internal/fault/breaks/breaks.go"))
	require.NoError(t, err)
	list, listed := section(t, page, "Breaks"), 0
	for _, found := range breakName.FindAllStringSubmatch(string(breaks), -1) {
		listed++
		require.Containsf(t, list, "| "+found[1]+" | ", "a break is not listed")
	}
	require.Greater(t, listed, 20)
	require.Equal(t, listed+2, strings.Count(list, "\n| "), "the list has a break that there is not")
}
