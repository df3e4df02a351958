package app_test

import (
	"context"
	"database/sql"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/access"
	"github.com/flowdesk/flowdesk/internal/app"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
	"github.com/flowdesk/flowdesk/internal/fabric"
	"github.com/flowdesk/flowdesk/internal/outside"
	"github.com/flowdesk/flowdesk/internal/sealed"
	"github.com/flowdesk/flowdesk/storage"
	"github.com/flowdesk/flowdesk/storage/postgres"
	"github.com/flowdesk/flowdesk/storage/postgres/pgtest"
)

// server is a replica that asks everybody who they are, and its API.
type server struct {
	app *app.App
	api *grpc.ClientConn
}

// serves starts a replica, which ends with the test.
func serves(t *testing.T, options app.Options) *server {
	t.Helper()
	a, err := app.New(t.Context(), options)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	listen := func() net.Listener {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return l
	}
	face, calls := listen(), listen()
	go func() { served <- a.Serve(ctx, face, calls) }()
	api, err := grpc.NewClient(calls.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, api.Close())
		cancel()
		require.NoError(t, <-served)
		require.NoError(t, a.Close())
	})
	return &server{a, api}
}

// call lets a replica call a service as a flow does.
func (s *server) call(t *testing.T, address string) {
	t.Helper()
	answer := app.Outside(s.app).Perform(t.Context(), &flowdeskv1.Call{Id: "c", Request: &flowdeskv1.Call_Http{Http: &flowdeskv1.HttpCall{Method: http.MethodGet, Url: address}}})
	require.Equal(t, flowdeskv1.CallOutcome_CALL_OUTCOME_OK, answer.GetOutcome(), answer.GetReason())
}

// revokedWithin is what is promised of a revoked key.
const revokedWithin = 5 * time.Second

// What somebody changes at one replica counts at all of them: a revoked key is refused, a new secret is used, and each change is on record.
func TestKeysAndSecretsCountAtEveryReplica(t *testing.T) {
	t.Parallel()
	for name, hints := range map[string]fabric.Fabric{"with hints": nil, "without hints": fabric.Alone{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shown := make(chan string, 100)
			service := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { shown <- r.Header.Get("Authorization") }))
			defer service.Close()
			ring, err := sealed.Parse(sealed.NewKey())
			require.NoError(t, err)
			options := app.Options{
				Database: pgtest.URL(t), BaseURI: "http://desk", Keys: ring, Closed: true, Fabric: hints, Log: slog.New(slog.DiscardHandler),
				Postgres: postgres.Options{Migrate: true},
			}
			first, err := app.New(t.Context(), options) // what the configuration names must be there at the start
			require.NoError(t, err)
			require.NoError(t, first.Store.PutValue(t.Context(), "crm", "old", time.Now()))
			require.NoError(t, first.Close())
			host := strings.TrimPrefix(service.URL, "http://")
			options.Outside = outside.Config{HTTP: outside.HTTP{
				Hosts: []string{host}, PlainHTTP: true, Inside: []string{"127.0.0.0/8"},
				Headers: []outside.Header{{Host: "127.0.0.1", Name: "Authorization", Value: secret.New("Bearer ${secret:crm}")}},
			}}
			a, b := serves(t, options), serves(t, options)
			as := func(key string) context.Context {
				return metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+key)
			}
			token, id := access.NewToken(), access.NewKeyID()
			require.NoError(t, a.app.Store.CreateKey(t.Context(), &storage.KeyRecord{Digest: access.Digest(token), Key: &flowdeskv1.ApiKey{
				Name: "apiKeys/" + id, Title: "admin", Role: flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN, ExpireTime: timestamppb.New(time.Now().Add(time.Hour)),
			}}))
			admin := as(access.KeyText(id, token))

			// A secret.
			for _, s := range []*server{a, b} {
				s.call(t, service.URL)
				require.Equal(t, "Bearer old", <-shown)
			}
			keys := flowdeskv1.NewAccessServiceClient(a.api)
			_, err = keys.PutSecret(admin, &flowdeskv1.PutSecretRequest{Name: "secrets/crm", Value: "new"})
			require.NoError(t, err)
			a.call(t, service.URL)
			require.Equal(t, "Bearer new", <-shown, "it counts at once where it was written")
			require.Eventually(t, func() bool {
				b.call(t, service.URL)
				return <-shown == "Bearer new"
			}, revokedWithin, 20*time.Millisecond)

			_, err = keys.DeleteSecret(admin, &flowdeskv1.DeleteSecretRequest{Name: "secrets/crm"})
			require.NoError(t, err)
			a.call(t, service.URL)
			require.Empty(t, <-shown, "what was deleted is shown to nobody")
			require.Eventually(t, func() bool {
				b.call(t, service.URL)
				return <-shown == ""
			}, revokedWithin, 20*time.Millisecond)

			// A key.
			made, err := keys.CreateApiKey(admin, &flowdeskv1.CreateApiKeyRequest{ApiKey: &flowdeskv1.ApiKey{Title: "工单系统", Role: flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE}})
			require.NoError(t, err)
			machine := as(made.GetSecret())
			tasks := func(s *server) codes.Code {
				_, err := flowdeskv1.NewTaskServiceClient(s.api).ListTrackTasks(machine, &flowdeskv1.ListTrackTasksRequest{})
				return status.Code(err)
			}
			require.Equal(t, codes.OK, tasks(a))
			require.Equal(t, codes.OK, tasks(b), "both remember the key now")
			began := time.Now()
			_, err = keys.RevokeApiKey(admin, &flowdeskv1.RevokeApiKeyRequest{Name: made.GetApiKey().GetName()})
			require.NoError(t, err)
			require.Equal(t, codes.Unauthenticated, tasks(a))
			require.Eventually(t, func() bool { return tasks(b) == codes.Unauthenticated }, revokedWithin, 20*time.Millisecond)
			t.Logf("revoked everywhere after %s", time.Since(began).Round(time.Millisecond))

			// Tries to sign in. Whoever goes from one replica to the other has five like anybody else.
			try := func(s *server) codes.Code {
				_, err := flowdeskv1.NewAccessServiceClient(s.api).SignIn(t.Context(), &flowdeskv1.SignInRequest{UserId: "boss", Password: "a wrong guess"})
				return status.Code(err)
			}
			for range 2 {
				require.Equal(t, codes.Unauthenticated, try(a))
				require.Equal(t, codes.Unauthenticated, try(b))
			}
			require.Equal(t, codes.Unauthenticated, try(a))
			require.Equal(t, codes.ResourceExhausted, try(b))

			// The record is there for whoever asks any replica.
			records, err := flowdeskv1.NewAuditServiceClient(b.api).ListAuditRecords(admin, &flowdeskv1.ListAuditRecordsRequest{})
			require.NoError(t, err)
			var methods []string
			for _, r := range records.GetAuditRecords() {
				require.Equal(t, codes.OK.String(), r.GetOutcome(), r.GetMethod())
				methods = append(methods, r.GetMethod())
			}
			require.Equal(t, []string{"AccessService.RevokeApiKey", "AccessService.CreateApiKey", "AccessService.DeleteSecret", "AccessService.PutSecret"}, methods)
		})
	}
}

// A server that cannot read what another one sealed goes on with what it has, says so, and follows as soon as it can, although nothing is changed
// again.
func TestAServerWithOtherKeysSaysThatItDoesNotFollow(t *testing.T) {
	t.Parallel()
	options := app.Options{
		Database: pgtest.URL(t), BaseURI: "http://desk", Closed: true, Fabric: fabric.Alone{}, Log: slog.New(slog.DiscardHandler), Postgres: postgres.Options{Migrate: true},
	}
	var all [2]*server
	for i := range all {
		ring, err := sealed.Parse(sealed.NewKey())
		require.NoError(t, err)
		options.Keys = ring
		all[i] = serves(t, options)
	}
	a, b := all[0], all[1]
	db, err := sql.Open("pgx", options.Database)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	require.Eventually(t, func() bool { // both have read everything once
		var holders int
		return db.QueryRowContext(t.Context(), "SELECT count(DISTINCT holder) FROM leases WHERE holder <> ''").Scan(&holders) == nil && holders == 2
	}, 30*time.Second, 50*time.Millisecond)
	require.NoError(t, a.app.Store.PutRobot(t.Context(), &storage.RobotRecord{WebhookSecret: "w", Robot: &flowdeskv1.Robot{Id: "day", RobotId: "r", Duties: []flowdeskv1.Duty{flowdeskv1.Duty_DUTY_DAY_REPLY}}}, ""))
	require.Eventually(t, func() bool {
		return strings.Contains(app.Degraded(b.app), "another server sealed secrets with a key that this one does not have: start all with the same keys")
	}, 30*time.Second, 50*time.Millisecond)
	require.NotContains(t, app.Degraded(a.app), "as they were")
	require.Empty(t, b.app.Runner.Env().GetRobots())

	_, err = db.ExecContext(t.Context(), "DELETE FROM robots") // past the store, so that nothing counts as changed
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !strings.Contains(app.Degraded(b.app), "as they were") }, 30*time.Second, 50*time.Millisecond)
}
