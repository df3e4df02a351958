package flowfile

import (
	"bytes"
	"sort"

	"go.yaml.in/yaml/v3"
)

// brokenAt is the place of an error of a text that is no YAML. The parser names the line at which the list or object around it begins, hundreds
// of lines above perhaps; the first line up to which the text has the same error is where somebody must look.
func brokenAt(data []byte, message string) *node {
	ends := []int{}
	for end := 0; end < len(data); {
		next := bytes.IndexByte(data[end:], '\n')
		if next < 0 {
			next = len(data) - end - 1
		}
		end += next + 1
		ends = append(ends, end)
	}
	broken := func(lines int) bool {
		var document yaml.Node
		err := yaml.Unmarshal(data[:ends[lines]], &document)
		return err != nil && err.Error() == message
	}
	line := sort.Search(len(ends)-1, broken) // the last line is broken in any case
	begin := 0
	if line > 0 {
		begin = ends[line-1]
	}
	column := 1
	for _, c := range data[begin:ends[line]] {
		if c != ' ' && c != '\t' {
			break
		}
		column++
	}
	return &node{line: line + 1, column: column}
}
