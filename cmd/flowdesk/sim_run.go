package main

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/simulator"
)

type simCommand struct {
	Chat simChatCommand `cmd:"" help:"Chat with a flow in the terminal, with a virtual clock."`
	Run  simRunCommand  `cmd:"" help:"Play test cases and say how they went; exit status 1 when one failed."`
}

// simTarget says what is tried, and where: in this process, without a server, unless one is named.
type simTarget struct {
	Flow   string `short:"f" help:"Flow file, or flows/ID of a server's flow; by default the shipped unified flow."`
	Number int32  `name:"flow-version" help:"Version of a server's flow; by default its draft."`
	Server string `help:"gRPC address of a server; by default everything happens in this process."`
}

// choice is what is tried.
func (t *simTarget) choice() (*flowdeskv1.FlowChoice, error) {
	switch {
	case t.Flow == "":
		return nil, nil //nolint:nilnil // nothing chosen is the shipped flow
	case strings.HasPrefix(t.Flow, "flows/"):
		if t.Server == "" {
			return nil, errors.New("a server's flow needs --server; without one, name a flow file")
		}
		return &flowdeskv1.FlowChoice{Flow: t.Flow, Version: t.Number}, nil
	}
	_, definition, err := check(t.Flow)
	return &flowdeskv1.FlowChoice{Definition: definition}, err
}

// simulator connects to the server's simulator, or to one in this process; the function that is returned ends it.
func (t *simTarget) simulator() (flowdeskv1.SimulatorServiceClient, func(), error) {
	if t.Server != "" {
		connection, err := grpc.NewClient(t.Server, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, nil, err
		}
		return flowdeskv1.NewSimulatorServiceClient(connection), func() { _ = connection.Close() }, nil
	}
	manager, err := simulator.New(simulator.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, nil, err
	}
	const pipeSize = 1 << 20
	pipe, server := bufconn.Listen(pipeSize), grpc.NewServer()
	flowdeskv1.RegisterSimulatorServiceServer(server, manager)
	go func() { _ = server.Serve(pipe) }()
	connection, err := grpc.NewClient("passthrough:///simulator", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	if err != nil {
		return nil, nil, errors.Join(err, manager.Close())
	}
	return flowdeskv1.NewSimulatorServiceClient(connection), func() {
		_ = connection.Close()
		server.Stop()
		if err := manager.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "remove simulations:", err)
		}
	}, nil
}

type simRunCommand struct {
	simTarget

	Cases  []string `arg:"" optional:"" help:"Files of test cases, or scenarios/ID. By default all that belong to the flow: the shipped scenarios, or with --server and flows/ID its stored test cases."`
	JUnit  string   `name:"junit" help:"File for the results as JUnit XML."`
	Detail bool     `short:"v" help:"Say of every expectation what there was."`
}

// Run implements the command.
func (c *simRunCommand) Run(ctx context.Context) error {
	choice, err := c.choice()
	if err != nil {
		return err
	}
	client, done, err := c.simulator()
	if err != nil {
		return err
	}
	defer done()
	results, err := c.play(ctx, client, choice)
	if err != nil {
		return err
	}
	failed := 0
	for _, r := range results {
		if !r.GetPassed() {
			failed++
		}
		c.print(r)
	}
	fmt.Printf("%d of %d passed\n", len(results)-failed, len(results))
	if c.JUnit != "" {
		if err := writeJUnit(c.JUnit, results); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d test cases failed", failed, len(results))
	}
	return nil
}

// play plays the cases that were named, or all.
func (c *simRunCommand) play(ctx context.Context, client flowdeskv1.SimulatorServiceClient, choice *flowdeskv1.FlowChoice) ([]*flowdeskv1.TestCaseResult, error) {
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
	for _, name := range cases {
		request := &flowdeskv1.RunTestCaseRequest{Choice: choice, Which: &flowdeskv1.RunTestCaseRequest_Name{Name: name}}
		if !strings.HasPrefix(name, "scenarios/") && !strings.HasPrefix(name, "flows/") {
			testCase, err := readCaseFile(name)
			if err != nil {
				return nil, err
			}
			request.Which = &flowdeskv1.RunTestCaseRequest_TestCase{TestCase: testCase}
		}
		r, err := client.RunTestCase(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if r.GetResult().GetTestCase() == "" {
			r.Result.TestCase = name
		}
		results = append(results, r.GetResult())
	}
	return results, nil
}

func readCaseFile(file string) (*flowdeskv1.TestCase, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	testCase, err := simulator.ReadCase(data)
	if err == nil {
		err = protovalidate.Validate(testCase)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return testCase, nil
}

// print says how a case went.
func (c *simRunCommand) print(r *flowdeskv1.TestCaseResult) {
	mark := "ok  "
	if !r.GetPassed() {
		mark = "FAIL"
	}
	fmt.Printf("%s %s %s (%s)\n", mark, r.GetTestCase(), r.GetTitle().GetZh(), r.GetDuration().AsDuration().Round(time.Millisecond))
	if r.GetError() != "" {
		fmt.Println("     " + r.GetError())
	}
	for _, d := range r.GetDiagnostics() {
		fmt.Printf("     %s: %s\n", d.GetCode(), d.GetMessage())
	}
	for _, e := range r.GetExpectations() {
		if !e.GetPassed() || c.Detail {
			fmt.Printf("     step %d: expected %s\n             got %s\n", e.GetStep()+1, e.GetExpected(), e.GetGot())
		}
	}
}

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
