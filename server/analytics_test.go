package server_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// past writes turns into the store as a runner would have written them: replies of a robot that took some seconds, one an hour, in one group.
func (f *fixture) past(session string, from time.Time, seconds ...int) {
	f.t.Helper()
	var batch storage.Batch
	for n, took := range seconds {
		at := from.Add(time.Duration(n) * time.Hour)
		question, command := engine.NewID(at, uint64(2*n)), engine.NewID(at, uint64(2*n+1))
		mood := 0.5
		batch.Turns = append(batch.Turns, &storage.TurnWrite{
			Session: session, Expect: int64(n), Event: question, Time: at, Data: []byte("turn"), Head: storage.SessionHead{Title: "买家群", LastMessageTime: at},
			Messages: []*flowdeskv1.Message{{
				Id: question, Session: session, Role: flowdeskv1.Role_ROLE_USER, SenderName: "=张三", Participant: "p1", Text: "发票怎么开",
				ReceiveTime: timestamppb.New(at), Sentiment: &mood,
			}},
			Commands: []*flowdeskv1.Command{{
				Id: command, Key: command, Session: session, TargetSession: session, ReplyTo: question, Robot: "day", Instance: "i",
				State: flowdeskv1.CommandState_COMMAND_STATE_COMPLETED, SendTime: timestamppb.New(at),
				DoneTime: timestamppb.New(at.Add(time.Duration(took) * time.Second)),
			}},
		})
	}
	result, err := f.store.Commit(f.t.Context(), &batch)
	require.NoError(f.t, err)
	require.Empty(f.t, result.LostTurns)
}

func TestEveryFigureOpensToItsRows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api := flowdeskv1.NewAnalyticsServiceClient(f.conn)
	until := f.runner.Now().Truncate(24 * time.Hour) // 08:00 in Shanghai
	since := until.Add(-48 * time.Hour)
	seconds := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 100}
	f.past("g1", since, seconds...)

	series, err := api.QuerySeries(t.Context(), &flowdeskv1.QuerySeriesRequest{
		Metric: flowdeskv1.Metric_METRIC_RESPONSE_TIME, Since: timestamppb.New(since), Until: timestamppb.New(until),
	})
	require.NoError(t, err)
	require.Equal(t, "Asia/Shanghai", series.GetTimeZone())
	require.Len(t, series.GetPoints(), 3, "two days of 24 hours from 08:00 on touch three days, with and without rows")
	require.EqualValues(t, 16, series.GetPoints()[0].GetCount(), "the first day ends at midnight in Shanghai")
	require.EqualValues(t, 4, series.GetPoints()[1].GetCount())
	require.EqualValues(t, 0, series.GetPoints()[2].GetCount())
	total := series.GetTotal()
	require.EqualValues(t, len(seconds), total.GetCount())
	require.InDelta(t, 10, total.GetMedian(), 1e-6)
	require.InDelta(t, 19, total.GetP95(), 1e-6, "95 of 100 take no longer")
	require.InDelta(t, 14.5, total.GetMean(), 1e-6)

	var rows int
	request := &flowdeskv1.ListMeasurementsRequest{
		Metric: flowdeskv1.Metric_METRIC_RESPONSE_TIME, Since: timestamppb.New(since), Until: timestamppb.New(until), PageSize: 7,
	}
	for {
		list, err := api.ListMeasurements(t.Context(), request)
		require.NoError(t, err)
		rows += len(list.GetMeasurements())
		require.Equal(t, "买家群", list.GetMeasurements()[0].GetSessionTitle())
		if request.PageToken = list.GetNextPageToken(); request.GetPageToken() == "" {
			break
		}
	}
	require.Equal(t, len(seconds), rows)
	_, err = api.ListMeasurements(t.Context(), &flowdeskv1.ListMeasurementsRequest{Metric: flowdeskv1.Metric_METRIC_CONFLICT, PageToken: "x"})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	_, err = api.QuerySeries(t.Context(), &flowdeskv1.QuerySeriesRequest{
		Metric: flowdeskv1.Metric_METRIC_CONFLICT, Since: timestamppb.New(until.AddDate(0, -4, 0)), Until: timestamppb.New(until),
	})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	overview, err := api.GetOverview(t.Context(), &flowdeskv1.GetOverviewRequest{Since: timestamppb.New(since), Until: timestamppb.New(until)})
	require.NoError(t, err)
	require.EqualValues(t, len(seconds), overview.GetOverview().GetMessagesIn())
	require.EqualValues(t, 1, overview.GetOverview().GetGroupsActive())
	require.InDelta(t, 10, overview.GetOverview().GetFirstReplyMedian(), 1e-6)
	require.EqualValues(t, 0, overview.GetWeekBefore().GetMessagesIn())
	require.Equal(t, flowdeskv1.AlertLevel_ALERT_LEVEL_CRITICAL, overview.GetNow().GetOpenAlerts()[0].GetLevel())
	later, err := api.GetOverview(t.Context(), &flowdeskv1.GetOverviewRequest{
		Since: timestamppb.New(since.Add(week)), Until: timestamppb.New(until.Add(week)),
	})
	require.NoError(t, err)
	require.EqualValues(t, len(seconds), later.GetWeekBefore().GetMessagesIn())
}

const week = 7 * 24 * time.Hour

func TestRowsAreExportedForSpreadsheets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	until := f.runner.Now().Truncate(24 * time.Hour)
	f.past("g1", until.Add(-2*time.Hour), 5)
	query := url.Values{"metric": {"METRIC_SATISFACTION"}, "since": {until.Add(-24 * time.Hour).Format(time.RFC3339)}, "until": {until.Format(time.RFC3339)}}
	code, header, body := f.rest(http.MethodGet, "/v1/analytics/measurements:export?"+query.Encode(), "")
	require.Equal(t, http.StatusOK, code, string(body))
	require.Equal(t, "text/csv; charset=utf-8", header.Get("Content-Type"))
	require.Contains(t, header.Get("Content-Disposition"), "satisfaction_")
	text, marked := strings.CutPrefix(string(body), "\ufeff")
	require.True(t, marked, "Excel reads UTF-8 only with its mark")
	lines, err := csv.NewReader(bytes.NewBufferString(text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, "时间", lines[0][0])
	require.Regexp(t, `^\d{4}-\d\d-\d\dT06:00:00\+08:00$`, lines[1][0], "the organisation's time")
	require.Equal(t, "'=张三", lines[1][3], "what a customer wrote is no formula")
	require.Equal(t, `="g1"`, lines[1][2], "an id is a text")
}

func TestADelayIsPreviewed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	preview, err := flowdeskv1.NewFlowServiceClient(f.conn).PreviewDelay(t.Context(), &flowdeskv1.PreviewDelayRequest{FirstDay: "2026-01-05"})
	require.NoError(t, err)
	require.Len(t, preview.GetDays(), 7)
	require.Empty(t, preview.GetProblems())
	day := preview.GetDays()[0]
	require.Equal(t, "2026-01-05", day.GetDay())
	var spans []string
	for _, s := range day.GetSpans() {
		spans = append(spans, s.GetStartText()+"-"+s.GetEndText()+" "+s.GetDuty().String())
	}
	require.Equal(t, []string{
		"00:00-06:00 DUTY_NIGHT_REPLY", "06:00-09:00 DUTY_NIGHT_REPLY", "09:00-21:00 DUTY_DAY_REPLY", "21:00-24:00 DUTY_NIGHT_REPLY",
	}, spans)
	night := day.GetSpans()[0].GetSlots()
	require.Equal(t, "later", night[0].GetPort())
	require.Equal(t, 5*time.Minute, night[0].GetMinDelay().AsDuration())
	require.Equal(t, 10*time.Minute, night[0].GetMaxDelay().AsDuration())
	require.Equal(t, "tomorrow", night[2].GetPort())
	require.Equal(t, "2026-01-05T01:00:00Z", night[2].GetHeldUntil().AsTime().Format(time.RFC3339), "at nine in Shanghai")
	require.Equal(t, "now", day.GetSpans()[2].GetSlots()[0].GetPort())

	gap, err := flowdeskv1.NewFlowServiceClient(f.conn).PreviewDelay(t.Context(), &flowdeskv1.PreviewDelayRequest{Days: 1, Config: &flowdeskv1.DelayControl{
		Rules: []*flowdeskv1.DelayRule{{
			Name: "day", Window: &flowdeskv1.TimeWindow{Start: "09:00", End: "21:00"}, Action: &flowdeskv1.DelayRule_Immediate{Immediate: true},
		}},
	}})
	require.NoError(t, err)
	require.NotEmpty(t, gap.GetProblems(), "minutes that no rule covers are named")
	require.NotEmpty(t, gap.GetDays()[0].GetSpans(), "and shown all the same")
	_, err = flowdeskv1.NewFlowServiceClient(f.conn).PreviewDelay(t.Context(), &flowdeskv1.PreviewDelayRequest{FirstDay: "2026-02-30"})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
}

func TestListsAreCountedAndNarrowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	group := f.group("买家群")
	tasks := flowdeskv1.NewTaskServiceClient(f.conn)
	f.person("wang")
	for n, assignee := range []string{"api", "wang", ""} {
		due := f.runner.Now().Add(time.Duration(n-1) * time.Hour)
		_, err := tasks.CreateTrackTask(ctx, &flowdeskv1.CreateTrackTaskRequest{TrackTask: &flowdeskv1.TrackTask{
			GroupId: group, Title: "任务", Assignee: assignee, Deadline: timestamppb.New(due),
		}})
		require.NoError(t, err)
	}
	counted, err := tasks.CountTrackTasks(ctx, &flowdeskv1.CountTrackTasksRequest{})
	require.NoError(t, err)
	require.EqualValues(t, 3, counted.GetCounts()[0].GetCount())
	require.EqualValues(t, 1, counted.GetUnassigned())
	require.GreaterOrEqual(t, counted.GetOverdue(), int64(1))
	mine, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Mine: true, ByDeadline: true})
	require.NoError(t, err)
	require.Len(t, mine.GetTrackTasks(), 1, "the caller's own")
	nobodys, err := tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Unassigned: true, Open: true})
	require.NoError(t, err)
	require.Len(t, nobodys.GetTrackTasks(), 1)
	_, err = tasks.ListTrackTasks(ctx, &flowdeskv1.ListTrackTasksRequest{Mine: true, Assignee: "wang"})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)

	queue := flowdeskv1.NewQueueServiceClient(f.conn)
	for _, hours := range []int{5, 2} {
		_, err := queue.EnqueueCommand(ctx, &flowdeskv1.EnqueueCommandRequest{Command: &flowdeskv1.Command{
			TargetSession: group, Text: "公告", SendTime: timestamppb.New(f.runner.Now().Add(time.Duration(hours) * time.Hour)),
		}})
		require.NoError(t, err)
	}
	delayed := []flowdeskv1.CommandState{flowdeskv1.CommandState_COMMAND_STATE_DELAYED}
	due, err := queue.ListCommands(ctx, &flowdeskv1.ListCommandsRequest{States: delayed, Order: flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE})
	require.NoError(t, err)
	require.Len(t, due.GetCommands(), 2)
	require.True(t, due.GetCommands()[0].GetSendTime().AsTime().Before(due.GetCommands()[1].GetSendTime().AsTime()))
	_, err = queue.ListCommands(ctx, &flowdeskv1.ListCommandsRequest{Order: flowdeskv1.CommandOrdering_COMMAND_ORDERING_DUE})
	refused(t, err, codes.InvalidArgument, flowdeskv1.ErrorReason_ERROR_REASON_INVALID_FIELD)
	states, err := queue.CountCommands(ctx, &flowdeskv1.CountCommandsRequest{})
	require.NoError(t, err)
	for _, c := range states.GetCounts() {
		if c.GetState() == flowdeskv1.CommandState_COMMAND_STATE_DELAYED {
			require.EqualValues(t, 2, c.GetCount())
		}
	}
}

func TestTemplatesProvidersAndDemoOfAServerWithoutThem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	providers, err := flowdeskv1.NewModelServiceClient(f.conn).ListModelProviders(t.Context(), &flowdeskv1.ListModelProvidersRequest{})
	require.NoError(t, err)
	require.Empty(t, providers.GetModelProviders())
	require.NoError(t, f.store.AddModelUsage(t.Context(), []*flowdeskv1.ModelUsage{{Day: "2026-01-05", Provider: "a", Model: "m", Use: "reply", Requests: 2}}))
	usage := f.ok(http.MethodGet, "/v1/modelUsage?firstDay=2026-01-01", "")
	require.Len(t, usage["modelUsage"], 1)
	_, err = flowdeskv1.NewDemoServiceClient(f.conn).GetDemo(t.Context(), &flowdeskv1.GetDemoRequest{})
	refused(t, err, codes.Unimplemented, flowdeskv1.ErrorReason_ERROR_REASON_NO_SUCH_METHOD)
}

func TestFlowFiguresTellRunsAndVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	api := flowdeskv1.NewFlowServiceClient(f.conn)
	_, err := api.CreateFlow(t.Context(), &flowdeskv1.CreateFlowRequest{FlowId: "by-hand", Flow: &flowdeskv1.Flow{Definition: definition(t, manualFlow)}})
	require.NoError(t, err)
	_, err = api.PublishFlow(t.Context(), &flowdeskv1.PublishFlowRequest{Name: "flows/by-hand"})
	require.NoError(t, err)
	for range 3 {
		_, err := flowdeskv1.NewInstanceServiceClient(f.conn).StartInstance(t.Context(), &flowdeskv1.StartInstanceRequest{Flow: "flows/by-hand"})
		require.NoError(t, err)
	}
	figures, err := api.ListFlowFigures(t.Context(), &flowdeskv1.ListFlowFiguresRequest{Flows: []string{"flows/by-hand", "flows/other"}})
	require.NoError(t, err)
	require.Len(t, figures.GetFlowFigures(), 2, "a flow that never ran is there with zeros")
	require.EqualValues(t, 3, figures.GetFlowFigures()[0].GetRuns())
	require.Zero(t, figures.GetFlowFigures()[0].GetFailureRate())
	counts, err := flowdeskv1.NewInstanceServiceClient(f.conn).CountInstances(t.Context(), &flowdeskv1.CountInstancesRequest{Flow: "by-hand"})
	require.NoError(t, err)
	for _, c := range counts.GetCounts() {
		if c.GetStatus() == flowdeskv1.InstanceStatus_INSTANCE_STATUS_COMPLETED {
			require.EqualValues(t, 3, c.GetCount())
		}
	}
}
