package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

type simRun struct {
	simTarget

	Cases  []string `arg:"" optional:"" help:"Files of test cases, or scenarios/ID. By default all that belong to the flow: the shipped scenarios, or with --server and flows/ID its stored test cases."`
	JUnit  string   `name:"junit" help:"File for the results as JUnit XML."`
	Detail bool     `short:"v" help:"Say of every expectation what there was."`
}

// Run implements the command.
func (c *simRun) Run(ctx context.Context, sh *Shell) error {
	choice, err := c.choice(sh)
	if err != nil {
		return err
	}
	client, done, err := c.simulator(sh)
	if err != nil {
		return err
	}
	defer done()
	results, err := c.play(ctx, sh, client, choice)
	if err != nil {
		return err
	}
	if len(results) == 0 { // a pass of nothing would be believed
		return &failure{code: ExitNotFound, text: sh.say("%s has no test cases; save one in the simulator, or name scenarios/ID or files", c.Flow)}
	}
	failed := failedCases(results)
	if c.JUnit != "" {
		if err := writeJUnit(c.JUnit, results); err != nil {
			return err
		}
	}
	err = sh.show(&flowdeskv1.RunTestCasesResponse{Results: results}, func() error {
		for _, r := range results {
			if err := sh.write(sh.caseText(r, c.Detail)); err != nil {
				return err
			}
		}
		sh.print("%d of %d passed", len(results)-failed, len(results))
		return nil
	})
	if err == nil && failed > 0 {
		return sh.failed("%d of %d test cases failed", failed, len(results))
	}
	return err
}

// failedCases is how many did not pass.
func failedCases(results []*flowdeskv1.TestCaseResult) int {
	failed := 0
	for _, r := range results {
		if !r.GetPassed() {
			failed++
		}
	}
	return failed
}

// play plays the cases that were named, or all.
func (c *simRun) play(ctx context.Context, sh *Shell, client flowdeskv1.SimulatorServiceClient, choice *flowdeskv1.FlowChoice) ([]*flowdeskv1.TestCaseResult, error) {
	if len(c.Cases) == 0 && strings.HasPrefix(c.Flow, "flows/") {
		r, err := client.RunTestCases(ctx, &flowdeskv1.RunTestCasesRequest{Parent: c.Flow, Choice: choice})
		return r.GetResults(), err
	}
	cases := c.Cases
	if len(cases) == 0 {
		list, err := client.ListScenarios(ctx, &flowdeskv1.ListScenariosRequest{})
		if err != nil {
			return nil, err
		}
		for _, s := range list.GetScenarios() {
			cases = append(cases, s.GetName())
		}
	}
	var results []*flowdeskv1.TestCaseResult
	for i, name := range cases {
		sh.step(i+1, len(cases), name)
		request := &flowdeskv1.RunTestCaseRequest{Choice: choice, Which: &flowdeskv1.RunTestCaseRequest_Name{Name: name}}
		if !strings.HasPrefix(name, "scenarios/") && !strings.HasPrefix(name, "flows/") {
			testCase, err := sh.readCase(name)
			var missing *failure
			if errors.As(err, &missing) && missing.code == ExitNotFound {
				return nil, &failure{code: ExitNotFound, text: sh.say("there is no file of test cases %s; a flow is named with --flow, a scenario as scenarios/ID", name)}
			}
			if err != nil {
				return nil, err
			}
			request.Which = &flowdeskv1.RunTestCaseRequest_TestCase{TestCase: testCase}
		}
		r, err := client.RunTestCase(ctx, request)
		if status.Code(err) == codes.NotFound && strings.HasPrefix(name, "scenarios/") {
			return nil, noScenario(ctx, sh, client, name)
		}
		if err != nil {
			return nil, err
		}
		if r.GetResult().GetTestCase() == "" {
			r.Result.TestCase = name
		}
		results = append(results, r.GetResult())
	}
	return results, nil
}

// noScenario says which scenarios there are.
func noScenario(ctx context.Context, sh *Shell, client flowdeskv1.SimulatorServiceClient, name string) error {
	list, err := client.ListScenarios(ctx, &flowdeskv1.ListScenariosRequest{})
	if err != nil {
		return err
	}
	var names []string
	for _, s := range list.GetScenarios() {
		names = append(names, s.GetName())
	}
	return &failure{code: ExitNotFound, text: sh.say("there is no %s; there are %s", name, strings.Join(names, ", "))}
}

// either is the Chinese where it is spoken and there is one, otherwise the English.
func (sh *Shell) either(chinese, english string) string {
	if sh.Language == Chinese && chinese != "" {
		return chinese
	}
	return english
}

// readCase reads a test case from a file.
func (sh *Shell) readCase(file string) (*flowdeskv1.TestCase, error) {
	data, err := sh.read(file)
	if err != nil {
		return nil, err
	}
	testCase, err := simulator.ReadCase(data)
	if err == nil {
		err = protovalidate.Validate(testCase)
	}
	if err != nil {
		return nil, sh.invalid("%s: %s", file, steady(err))
	}
	return testCase, nil
}

// caseText says how a case went: in detail what there was for every expectation, otherwise for those that were not met.
func (sh *Shell) caseText(r *flowdeskv1.TestCaseResult, detail bool) string {
	mark := sh.paint(sh.sys.OutTerminal, green, "ok  ")
	if !r.GetPassed() {
		mark = sh.paint(sh.sys.OutTerminal, red, "FAIL")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s  %s  %s\n", mark, r.GetTestCase(), sh.Language.text(r.GetTitle()), sh.duration(r.GetDuration().AsDuration()))
	if r.GetError() != "" {
		b.WriteString("     " + sh.either(r.GetErrorZh(), r.GetError()) + "\n")
	}
	for _, d := range r.GetDiagnostics() {
		b.WriteString("     " + sh.finding(d) + "\n")
	}
	for _, e := range r.GetExpectations() {
		if !e.GetPassed() || detail {
			b.WriteString("     " + sh.say("step %d: expected %s, got %s", e.GetStep()+1, sh.either(e.GetExpectedZh(), e.GetExpected()), sh.either(e.GetGotZh(), e.GetGot())) + "\n")
		}
	}
	return b.String()
}
