package cli

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"time"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// The form of JUnit that continuous integration reads.
type (
	junitSuites struct {
		XMLName xml.Name   `xml:"testsuites"`
		Suite   junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure,omitempty"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes results as JUnit XML.
func writeJUnit(file string, results []*flowdeskv1.TestCaseResult) error {
	suite := junitSuite{Name: "flowdesk", Tests: len(results)}
	whole := time.Duration(0)
	for _, r := range results {
		took := r.GetDuration().AsDuration()
		whole += took
		one := junitCase{Name: r.GetTestCase(), Class: "flowdesk.simulator", Time: fmt.Sprintf("%.3f", took.Seconds())}
		if title := r.GetTitle().GetEn(); title != "" {
			one.Name += " " + title
		}
		if !r.GetPassed() {
			suite.Failures++
			one.Failure = &junitFailure{Message: "not as expected"}
			if r.GetError() != "" {
				one.Failure.Message = r.GetError()
			}
			for _, e := range r.GetExpectations() {
				if !e.GetPassed() {
					one.Failure.Text += fmt.Sprintf("step %d: expected %s\n got %s\n", e.GetStep()+1, e.GetExpected(), e.GetGot())
				}
			}
		}
		suite.Cases = append(suite.Cases, one)
	}
	suite.Time = fmt.Sprintf("%.3f", whole.Seconds())
	data, err := xml.MarshalIndent(junitSuites{Suite: suite}, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	return os.WriteFile(filepath.Clean(file), append([]byte(xml.Header), append(data, '\n')...), 0o600)
}
