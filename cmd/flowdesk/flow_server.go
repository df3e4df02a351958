package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

// serverFlag says which server a command talks to.
type serverFlag struct {
	Server string `default:"127.0.0.1:9090" help:"gRPC address of the server."`
	APIKey string `name:"api-key" env:"FLOWDESK_API_KEY" help:"Key to come in with; better in the environment than on the command line."`
	TLS    bool   `name:"tls" help:"The server speaks TLS."`
}

// requestTimeout bounds what a command asks of the server.
const requestTimeout = 30 * time.Second

// flows connects to the server's flows; the function that is returned ends the connection.
func (f *serverFlag) flows() (flowdeskv1.FlowServiceClient, func(), error) {
	options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials())}
	if f.TLS {
		options[0] = grpc.WithTransportCredentials(credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	if f.APIKey != "" {
		if !f.TLS && !loopback(f.Server) {
			return nil, nil, fmt.Errorf("the key would cross the network in the open to %s: give --tls", f.Server)
		}
		options = append(options, grpc.WithPerRPCCredentials(bearer(f.APIKey)))
	}
	connection, err := grpc.NewClient(f.Server, options...)
	if err != nil {
		return nil, nil, err
	}
	return flowdeskv1.NewFlowServiceClient(connection), func() { _ = connection.Close() }, nil
}

// bearer sends a key with each request.
type bearer string

// GetRequestMetadata implements credentials.PerRPCCredentials.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials. On this machine the key crosses no network.
func (b bearer) RequireTransportSecurity() bool { return false }

type applyCommand struct {
	serverFlag

	File    string `arg:"" type:"existingfile" help:"YAML or JSON file."`
	ID      string `help:"Id of the flow; by default the file's name without its ending."`
	Publish bool   `help:"Publish it as a new version and activate that."`
	Note    string `help:"Note of the version."`
}

// Run implements the command. Nothing is changed while the file has errors.
func (c *applyCommand) Run(ctx context.Context) error {
	_, definition, err := check(c.File)
	if err != nil {
		return err
	}
	flows, done, err := c.flows()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	id := c.ID
	if id == "" {
		id = strings.ReplaceAll(strings.TrimSuffix(filepath.Base(c.File), filepath.Ext(c.File)), "_", "-")
	}
	verb, err := apply(ctx, flows, id, definition)
	if err != nil {
		return fmt.Errorf("apply %s: %w", c.File, err)
	}
	if !c.Publish {
		fmt.Printf("flow %s: draft %s\n", id, verb)
		return nil
	}
	published, err := flows.PublishFlow(ctx, &flowdeskv1.PublishFlowRequest{Name: "flows/" + id, Note: c.Note})
	if err != nil {
		return fmt.Errorf("publish %s: %w", id, err)
	}
	fmt.Printf("flow %s: draft %s, version %d is active\n", id, verb, published.GetFlowVersion().GetVersion())
	return nil
}

// apply creates the flow, or changes the draft that is there.
func apply(ctx context.Context, flows flowdeskv1.FlowServiceClient, id string, definition *flowdeskv1.FlowDefinition) (verb string, err error) {
	got, err := flows.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: "flows/" + id})
	if status.Code(err) == codes.NotFound {
		_, err = flows.CreateFlow(ctx, &flowdeskv1.CreateFlowRequest{FlowId: id, Flow: &flowdeskv1.Flow{Definition: definition}})
		return "created", err
	}
	if err != nil {
		return "", err
	}
	_, err = flows.UpdateFlow(ctx, &flowdeskv1.UpdateFlowRequest{Flow: &flowdeskv1.Flow{
		Name: got.GetFlow().GetName(), Definition: definition, Revision: got.GetFlow().GetRevision(),
	}})
	return "changed", err
}

type exportCommand struct {
	serverFlag

	Flow    string `arg:"" help:"Id of the flow."`
	File    string `arg:"" optional:"" help:"File to write; by default standard output. An ending of .json writes JSON."`
	Version int32  `help:"Version; by default the draft."`
}

// Run implements the command.
func (c *exportCommand) Run(ctx context.Context) error {
	flows, done, err := c.flows()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	definition, err := c.definition(ctx, flows)
	if err != nil {
		return fmt.Errorf("export %s: %w", c.Flow, err)
	}
	write := flowfile.Write
	if filepath.Ext(c.File) == ".json" {
		write = flowfile.WriteJSON
	}
	data, err := write(definition)
	if err != nil {
		return err
	}
	if c.File == "" {
		_, err = os.Stdout.Write(data)
		return err
	}
	return os.WriteFile(c.File, data, 0o644)
}

func (c *exportCommand) definition(ctx context.Context, flows flowdeskv1.FlowServiceClient) (*flowdeskv1.FlowDefinition, error) {
	if c.Version == 0 {
		got, err := flows.GetFlow(ctx, &flowdeskv1.GetFlowRequest{Name: "flows/" + c.Flow})
		return got.GetFlow().GetDefinition(), err
	}
	got, err := flows.GetFlowVersion(ctx, &flowdeskv1.GetFlowVersionRequest{Name: fmt.Sprintf("flows/%s/versions/%d", c.Flow, c.Version)})
	return got.GetFlowVersion().GetDefinition(), err
}
