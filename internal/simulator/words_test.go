package simulator

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// labels are the words of ours in what is composed, and what is said by itself.
var labels = regexp.MustCompile(`(?:compose\(|,\s+)"([a-z ]+)", |\.say\("([^"]+)"\)|count\(s\.tongue, r, "([a-z]+)"`)

// Whoever adds a word to a result adds it in Chinese.
func TestEveryWordOfAResultIsThereInChinese(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for _, file := range []string{"words.go", "expect.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range labels.FindAllStringSubmatch(string(source), -1) {
			word := m[1] + m[2] + m[3]
			found[word] = true
			if word == " to" { // of the English sentence alone
				continue
			}
			require.Contains(t, chineseWords, word, file)
		}
	}
	for word := range chineseWords {
		if word != "true" && word != "false" && word != "to" {
			require.True(t, found[word], "nothing says %q", word)
		}
	}
}
