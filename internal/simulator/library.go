package simulator

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/server"
	"github.com/flowdesk/flowdesk/storage"
)

const scenarioPrefix = "scenarios/"

// caseName splits flows/{flow}/testCases/{test_case}.
func caseName(name string) (flow, testCase string) {
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return "", ""
	}
	return parts[1], parts[3]
}

func nameCase(flow string, c *flowdeskv1.TestCase) *flowdeskv1.TestCase {
	c.Name = "flows/" + flow + "/testCases/" + c.GetId()
	return c
}

// testCase is a stored test case or a scenario.
func (m *Manager) testCase(ctx context.Context, name string) (*flowdeskv1.TestCase, error) {
	if strings.HasPrefix(name, scenarioPrefix) {
		return Scenario(id(name))
	}
	flow, testCase := caseName(name)
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	c, err := store.GetTestCase(ctx, flow, testCase)
	if err != nil {
		return nil, err
	}
	return nameCase(flow, c), nil
}

func (m *Manager) store() (Store, error) {
	if m.options.Store == nil {
		return nil, server.Refuse(flowdeskv1.ErrorReason_ERROR_REASON_WRONG_STATE, "there is no store of test cases here")
	}
	return m.options.Store, nil
}

// ListScenarios implements the service.
func (m *Manager) ListScenarios(context.Context, *flowdeskv1.ListScenariosRequest) (*flowdeskv1.ListScenariosResponse, error) {
	scenarios, err := Scenarios()
	return &flowdeskv1.ListScenariosResponse{Scenarios: scenarios}, err
}

// CreateTestCase implements the service.
func (m *Manager) CreateTestCase(ctx context.Context, r *flowdeskv1.CreateTestCaseRequest) (*flowdeskv1.CreateTestCaseResponse, error) {
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	flow := id(r.GetParent())
	if _, err := store.GetFlow(ctx, flow); err != nil {
		return nil, err
	}
	c := proto.CloneOf(r.GetTestCase())
	c.Id = cmp.Or(r.GetTestCaseId(), strings.ToLower(rand.Text()[:12]))
	c.CreateTime = engine.Timestamp(time.Now())
	c.UpdateTime = c.GetCreateTime()
	if err := store.CreateTestCase(ctx, flow, c); err != nil {
		return nil, err
	}
	return &flowdeskv1.CreateTestCaseResponse{TestCase: nameCase(flow, c)}, nil
}

// UpdateTestCase implements the service.
func (m *Manager) UpdateTestCase(ctx context.Context, r *flowdeskv1.UpdateTestCaseRequest) (*flowdeskv1.UpdateTestCaseResponse, error) {
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	flow, testCase := caseName(r.GetTestCase().GetName())
	if flow == "" {
		return nil, server.RefuseField("test_case.name", "it has the form flows/{flow}/testCases/{test_case}")
	}
	c := proto.CloneOf(r.GetTestCase())
	c.Id, c.UpdateTime = testCase, engine.Timestamp(time.Now())
	if err := store.UpdateTestCase(ctx, flow, c); err != nil {
		return nil, err
	}
	c, err = m.testCase(ctx, r.GetTestCase().GetName())
	return &flowdeskv1.UpdateTestCaseResponse{TestCase: c}, err
}

// GetTestCase implements the service.
func (m *Manager) GetTestCase(ctx context.Context, r *flowdeskv1.GetTestCaseRequest) (*flowdeskv1.GetTestCaseResponse, error) {
	c, err := m.testCase(ctx, r.GetName())
	return &flowdeskv1.GetTestCaseResponse{TestCase: c}, err
}

// ListTestCases implements the service.
func (m *Manager) ListTestCases(ctx context.Context, r *flowdeskv1.ListTestCasesRequest) (*flowdeskv1.ListTestCasesResponse, error) {
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	flow := id(r.GetParent())
	cases, next, err := store.ListTestCases(ctx, flow, storage.Page{Size: int(r.GetPageSize()), Token: r.GetPageToken()})
	if err != nil {
		return nil, err
	}
	for _, c := range cases {
		nameCase(flow, c)
	}
	return &flowdeskv1.ListTestCasesResponse{TestCases: cases, NextPageToken: next}, nil
}

// DeleteTestCase implements the service.
func (m *Manager) DeleteTestCase(ctx context.Context, r *flowdeskv1.DeleteTestCaseRequest) (*flowdeskv1.DeleteTestCaseResponse, error) {
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	flow, testCase := caseName(r.GetName())
	return &flowdeskv1.DeleteTestCaseResponse{}, store.DeleteTestCase(ctx, flow, testCase)
}

// RunTestCase implements the service.
func (m *Manager) RunTestCase(ctx context.Context, r *flowdeskv1.RunTestCaseRequest) (*flowdeskv1.RunTestCaseResponse, error) {
	c, choice := r.GetTestCase(), r.GetChoice()
	if r.GetName() != "" {
		var err error
		if c, err = m.testCase(ctx, r.GetName()); err != nil {
			return nil, err
		}
		if flow, _ := caseName(r.GetName()); choice == nil && flow != "" {
			choice = &flowdeskv1.FlowChoice{Flow: "flows/" + flow}
		}
	}
	result, err := m.Run(ctx, choice, c)
	return &flowdeskv1.RunTestCaseResponse{Result: result}, err
}

// maxCases bounds the test cases of a flow that are played together.
const maxCases = 500

// RunTestCases implements the service.
func (m *Manager) RunTestCases(ctx context.Context, r *flowdeskv1.RunTestCasesRequest) (*flowdeskv1.RunTestCasesResponse, error) {
	choice := r.GetChoice()
	if choice == nil {
		choice = &flowdeskv1.FlowChoice{Flow: r.GetParent()}
	}
	store, err := m.store()
	if err != nil {
		return nil, err
	}
	cases, next, err := store.ListTestCases(ctx, id(r.GetParent()), storage.Page{Size: maxCases})
	if err != nil {
		return nil, err
	}
	if next != "" {
		return nil, server.RefuseField("parent", fmt.Sprintf("the flow has more than %d test cases; run them one by one", maxCases))
	}
	for _, c := range cases {
		nameCase(id(r.GetParent()), c)
	}
	if r.GetScenarios() {
		scenarios, err := Scenarios()
		if err != nil {
			return nil, err
		}
		cases = append(cases, scenarios...)
	}
	answer := &flowdeskv1.RunTestCasesResponse{Passed: true}
	for _, c := range cases {
		result, err := m.Run(ctx, choice, c)
		if err != nil {
			return nil, err
		}
		answer.Results = append(answer.Results, result)
		answer.Passed = answer.GetPassed() && result.GetPassed()
	}
	return answer, nil
}
