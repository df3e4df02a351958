package storage

import (
	"context"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// TestCaseStore keeps the test cases of flows. A test case may outlive its flow.
type TestCaseStore interface {
	// CreateTestCase stores a new test case of a flow; ErrExists when the flow has one of that id.
	CreateTestCase(ctx context.Context, flow string, testCase *flowdeskv1.TestCase) error
	// UpdateTestCase replaces a test case; ErrNotFound when there is none. The time of its creation stays.
	UpdateTestCase(ctx context.Context, flow string, testCase *flowdeskv1.TestCase) error
	// GetTestCase is one test case.
	GetTestCase(ctx context.Context, flow, testCase string) (*flowdeskv1.TestCase, error)
	// ListTestCases lists the test cases of a flow by id.
	ListTestCases(ctx context.Context, flow string, page Page) ([]*flowdeskv1.TestCase, string, error)
	// DeleteTestCase removes a test case; ErrNotFound when there is none.
	DeleteTestCase(ctx context.Context, flow, testCase string) error
}
