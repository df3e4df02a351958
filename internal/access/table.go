package access

import (
	"slices"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

// Rule says who may call a method, and what of a request limits a caller that has groups.
type Rule struct {
	Public bool                    // nobody is asked who it is
	Any    bool                    // every role
	Roles  []flowdeskv1.AccessRole // otherwise these
	Change bool                    // it changes something and is recorded
	Own    bool                    // what it changes only the caller sees, and no work depends on it: it leaves no record
	Scope  Scope
}

// Scope says what of a request is about groups. The zero value is about the whole organisation: callers that have groups are refused.
type Scope struct {
	kind   scopeKind
	fields []string
}

type scopeKind int

const (
	organisation scopeKind = iota
	harmless               // about nobody's data
	about                  // about what the fields name, of which at least one must be set
	filtered               // a list: what is named must be reached, and the answer holds only what is
)

// The sets of roles. Who may change may read, and who may do more may do what those before may.
//
//nolint:gochecknoglobals // sets of constants, which Go cannot declare as such
var (
	admins   = []flowdeskv1.AccessRole{flowdeskv1.AccessRole_ACCESS_ROLE_ADMIN}
	editors  = append(slices.Clip(admins), flowdeskv1.AccessRole_ACCESS_ROLE_EDITOR)
	workers  = append(slices.Clip(editors), flowdeskv1.AccessRole_ACCESS_ROLE_ATTENDANT)
	readers  = append(slices.Clip(workers), flowdeskv1.AccessRole_ACCESS_ROLE_VIEWER)
	services = flowdeskv1.AccessRole_ACCESS_ROLE_SERVICE
	robots   = flowdeskv1.AccessRole_ACCESS_ROLE_ROBOT
)

func read(roles []flowdeskv1.AccessRole, more ...flowdeskv1.AccessRole) Rule {
	return Rule{Roles: append(slices.Clip(roles), more...)}
}

func change(roles []flowdeskv1.AccessRole, more ...flowdeskv1.AccessRole) Rule {
	return Rule{Roles: append(slices.Clip(roles), more...), Change: true}
}

// own is a change that only its caller sees.
func own(roles []flowdeskv1.AccessRole, more ...flowdeskv1.AccessRole) Rule {
	return Rule{Roles: append(slices.Clip(roles), more...), Change: true, Own: true}
}

func (r Rule) harmless() Rule               { r.Scope = Scope{kind: harmless}; return r }
func (r Rule) about(fields ...string) Rule  { r.Scope = Scope{about, fields}; return r }
func (r Rule) filter(fields ...string) Rule { r.Scope = Scope{filtered, fields}; return r }

// Recorded reports whether a call leaves an audit record.
func (r Rule) Recorded() bool { return r.Change && !r.Own }

// Paths of the HTTP face that stand in the table beside the methods.
const (
	MetricsPath = "/metrics"
	PprofPath   = "/debug/pprof/"
	OpenAPIPath = "/openapi.json"
)

// Rules is the table. A method that is not here is refused, and fails a test.
func Rules() map[string]Rule { return rules }

var rules = map[string]Rule{
	flowdeskv1.AccessService_CreateOwner_FullMethodName:     {Public: true, Change: true},
	flowdeskv1.AccessService_SignIn_FullMethodName:          {Public: true},
	flowdeskv1.AccessService_SignOut_FullMethodName:         Rule{Any: true}.harmless(),
	flowdeskv1.AccessService_WhoAmI_FullMethodName:          Rule{Any: true}.harmless(),
	flowdeskv1.AccessService_ChangePassword_FullMethodName:  Rule{Any: true, Change: true}.harmless(),
	flowdeskv1.AccessService_ListLooks_FullMethodName:       Rule{Any: true}.harmless(),
	flowdeskv1.AccessService_PutListLook_FullMethodName:     Rule{Any: true, Change: true, Own: true}.harmless(),
	flowdeskv1.AccessService_CreateUser_FullMethodName:      change(admins),
	flowdeskv1.AccessService_GetUser_FullMethodName:         read(admins),
	flowdeskv1.AccessService_ListUsers_FullMethodName:       read(admins),
	flowdeskv1.AccessService_UpdateUser_FullMethodName:      change(admins),
	flowdeskv1.AccessService_ResetPassword_FullMethodName:   change(admins),
	flowdeskv1.AccessService_CreateApiKey_FullMethodName:    change(admins),
	flowdeskv1.AccessService_ListApiKeys_FullMethodName:     read(admins),
	flowdeskv1.AccessService_RotateApiKey_FullMethodName:    change(admins),
	flowdeskv1.AccessService_RevokeApiKey_FullMethodName:    change(admins),
	flowdeskv1.AccessService_PutSecret_FullMethodName:       change(admins),
	flowdeskv1.AccessService_ListSecrets_FullMethodName:     read(admins),
	flowdeskv1.AccessService_DeleteSecret_FullMethodName:    change(admins),
	flowdeskv1.AuditService_ListAuditRecords_FullMethodName: read(admins),

	flowdeskv1.AlertService_ListAlerts_FullMethodName:       read(readers, services).filter("session"),
	flowdeskv1.AlertService_GetAlert_FullMethodName:         read(readers, services).about("name"),
	flowdeskv1.AlertService_AcknowledgeAlert_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.AlertService_AssignAlert_FullMethodName:      change(workers, services).about("name"),
	flowdeskv1.AlertService_SilenceAlert_FullMethodName:     change(workers).about("name"),
	flowdeskv1.AlertService_ResolveAlert_FullMethodName:     change(workers, services).about("name"),
	flowdeskv1.AlertService_WatchAlerts_FullMethodName:      read(readers, services).filter("session"),

	flowdeskv1.AnalyticsService_GetOverview_FullMethodName:        read(readers, services),
	flowdeskv1.AnalyticsService_QuerySeries_FullMethodName:        read(readers, services),
	flowdeskv1.AnalyticsService_ListMeasurements_FullMethodName:   read(readers, services),
	flowdeskv1.AnalyticsService_ExportMeasurements_FullMethodName: read(readers, services),

	flowdeskv1.AlertService_CountAlerts_FullMethodName:       read(readers, services),
	flowdeskv1.InstanceService_CountInstances_FullMethodName: read(readers, services),
	flowdeskv1.QueueService_CountCommands_FullMethodName:     read(readers, services),
	flowdeskv1.TaskService_CountTrackTasks_FullMethodName:    read(readers, services),

	flowdeskv1.DemoService_GetDemo_FullMethodName:    read(readers),
	flowdeskv1.DemoService_LoadDemo_FullMethodName:   change(admins),
	flowdeskv1.DemoService_RemoveDemo_FullMethodName: change(admins),

	flowdeskv1.ModelService_ListModelProviders_FullMethodName:  read(readers),
	flowdeskv1.ModelService_ListModelUsage_FullMethodName:      read(readers, services),
	flowdeskv1.ModelService_ListModelPresets_FullMethodName:    read(readers).harmless(),
	flowdeskv1.ModelService_PutModelProvider_FullMethodName:    change(admins),
	flowdeskv1.ModelService_DeleteModelProvider_FullMethodName: change(admins),
	flowdeskv1.ModelService_TestModelProvider_FullMethodName:   change(admins),

	flowdeskv1.FlowService_ListFlowTemplates_FullMethodName:    read(readers).harmless(),
	flowdeskv1.FlowService_ListFlowFigures_FullMethodName:      read(readers, services),
	flowdeskv1.FlowService_PreviewDelay_FullMethodName:         read(readers).harmless(),
	flowdeskv1.FlowService_VisitFlow_FullMethodName:            read(readers),
	flowdeskv1.FlowService_CreateFlowCheckpoint_FullMethodName: change(editors),
	flowdeskv1.FlowService_ListFlowCheckpoints_FullMethodName:  read(readers),
	flowdeskv1.FlowService_GetFlowCheckpoint_FullMethodName:    read(readers),
	flowdeskv1.FlowService_DeleteFlowCheckpoint_FullMethodName: change(editors),

	flowdeskv1.CatalogService_ListNodeTypes_FullMethodName: read(readers, services).harmless(),
	flowdeskv1.CatalogService_GetNodeType_FullMethodName:   read(readers, services).harmless(),
	flowdeskv1.CatalogService_GetSchema_FullMethodName:     read(readers, services).harmless(),
	flowdeskv1.TextService_Understand_FullMethodName:       read(readers, services).harmless(),

	flowdeskv1.DirectoryService_CreatePerson_FullMethodName: change(editors),
	flowdeskv1.DirectoryService_GetPerson_FullMethodName:    read(readers, services),
	flowdeskv1.DirectoryService_ListPeople_FullMethodName:   read(readers, services),
	flowdeskv1.DirectoryService_UpdatePerson_FullMethodName: change(editors),
	flowdeskv1.DirectoryService_DeletePerson_FullMethodName: change(editors),
	flowdeskv1.DirectoryService_SetPresence_FullMethodName:  change(workers, services),
	flowdeskv1.DirectoryService_CreateGroup_FullMethodName:  change(editors),
	flowdeskv1.DirectoryService_GetGroup_FullMethodName:     read(readers, services, robots).about("name"),
	flowdeskv1.DirectoryService_ListGroups_FullMethodName:   read(readers, services, robots).filter(),
	flowdeskv1.DirectoryService_UpdateGroup_FullMethodName:  change(editors),
	flowdeskv1.DirectoryService_MergeGroups_FullMethodName:  change(editors),

	flowdeskv1.EventService_ListUnmatchedEvents_FullMethodName:     read(readers),
	flowdeskv1.EventService_ListQuarantinedEvents_FullMethodName:   read(readers),
	flowdeskv1.EventService_GetQuarantinedEvent_FullMethodName:     read(readers),
	flowdeskv1.EventService_RedriveQuarantinedEvent_FullMethodName: change(workers),
	flowdeskv1.EventService_DismissQuarantinedEvent_FullMethodName: change(workers),

	flowdeskv1.FlowService_CreateFlow_FullMethodName:          change(editors),
	flowdeskv1.FlowService_GetFlow_FullMethodName:             read(readers, services),
	flowdeskv1.FlowService_ListFlows_FullMethodName:           read(readers, services),
	flowdeskv1.FlowService_UpdateFlow_FullMethodName:          change(editors),
	flowdeskv1.FlowService_DeleteFlow_FullMethodName:          change(editors),
	flowdeskv1.FlowService_ValidateFlow_FullMethodName:        read(readers),
	flowdeskv1.FlowService_PublishFlow_FullMethodName:         change(editors),
	flowdeskv1.FlowService_ActivateFlow_FullMethodName:        change(editors),
	flowdeskv1.FlowService_DeactivateFlow_FullMethodName:      change(editors),
	flowdeskv1.FlowService_ListFlowVersions_FullMethodName:    read(readers, services),
	flowdeskv1.FlowService_GetFlowVersion_FullMethodName:      read(readers, services),
	flowdeskv1.FlowService_CompareFlowVersions_FullMethodName: read(readers),
	flowdeskv1.FlowService_RollbackFlow_FullMethodName:        change(editors),
	flowdeskv1.FlowService_TestRunFlow_FullMethodName:         read(editors),

	flowdeskv1.InstanceService_StartInstance_FullMethodName:  change(editors, services).about("session"),
	flowdeskv1.InstanceService_ListInstances_FullMethodName:  read(readers, services).filter("session", "message"),
	flowdeskv1.InstanceService_GetInstance_FullMethodName:    read(readers, services).about("name"),
	flowdeskv1.InstanceService_TraceInstance_FullMethodName:  read(readers).about("name"),
	flowdeskv1.InstanceService_WhyInstance_FullMethodName:    read(readers).about("name"),
	flowdeskv1.InstanceService_CancelInstance_FullMethodName: change(workers).about("name"),
	flowdeskv1.InstanceService_RetryInstance_FullMethodName:  change(workers).about("name"),
	flowdeskv1.InstanceService_WatchInstances_FullMethodName: read(readers, services).filter("session"),

	// The rows of a job are checked one by one, when it is made and when they have their turn; a job is seen by its creator and by admins.
	flowdeskv1.JobService_CreateJob_FullMethodName:      change(workers, services).harmless(),
	flowdeskv1.JobService_GetJob_FullMethodName:         read(workers, services).harmless(),
	flowdeskv1.JobService_ListJobs_FullMethodName:       read(workers, services).harmless(),
	flowdeskv1.JobService_CancelJob_FullMethodName:      change(workers, services).harmless(),
	flowdeskv1.JobService_ListJobResults_FullMethodName: read(workers, services).harmless(),

	flowdeskv1.QueueService_EnqueueCommand_FullMethodName:     change(workers, services).about("command.target_session"),
	flowdeskv1.QueueService_ListCommands_FullMethodName:       read(readers, services, robots).filter("session"),
	flowdeskv1.QueueService_GetCommand_FullMethodName:         read(readers, services, robots).about("name"),
	flowdeskv1.QueueService_UpdateCommandState_FullMethodName: change(workers, robots).about("name"),
	flowdeskv1.QueueService_CheckCommandResult_FullMethodName: change(workers, services, robots).about("name"),
	flowdeskv1.QueueService_RetryCommand_FullMethodName:       change(workers).about("name"),
	flowdeskv1.QueueService_CancelCommand_FullMethodName:      change(workers, services).about("name"),
	flowdeskv1.QueueService_SendCommandNow_FullMethodName:     change(workers).about("name"),
	flowdeskv1.QueueService_EditCommand_FullMethodName:        change(workers).about("name"),
	flowdeskv1.QueueService_WatchCommands_FullMethodName:      read(readers, services, robots).filter("session"),

	flowdeskv1.RobotService_CreateRobot_FullMethodName:      change(admins),
	flowdeskv1.RobotService_GetRobot_FullMethodName:         read(readers, robots),
	flowdeskv1.RobotService_ListRobots_FullMethodName:       read(readers, robots),
	flowdeskv1.RobotService_UpdateRobot_FullMethodName:      change(admins),
	flowdeskv1.RobotService_DeleteRobot_FullMethodName:      change(admins),
	flowdeskv1.RobotService_PauseRobot_FullMethodName:       change(workers),
	flowdeskv1.RobotService_ResumeRobot_FullMethodName:      change(workers),
	flowdeskv1.RobotService_TestRobot_FullMethodName:        change(editors),
	flowdeskv1.RobotService_CheckRobotHealth_FullMethodName: read(readers, robots),

	flowdeskv1.SessionService_ListSessions_FullMethodName:    read(readers, services).filter(),
	flowdeskv1.SessionService_GetSession_FullMethodName:      read(readers, services).about("name"),
	flowdeskv1.SessionService_TakeOverSession_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.SessionService_HandBackSession_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.SessionService_ResolveSession_FullMethodName:  change(workers, services).about("name"),
	flowdeskv1.SessionService_ReopenSession_FullMethodName:   change(workers, services).about("name"),
	flowdeskv1.SessionService_SignalSession_FullMethodName:   change(workers, services).about("name"),
	flowdeskv1.SessionService_ListMessages_FullMethodName:    read(readers, services).about("parent"),
	flowdeskv1.SessionService_GetMessage_FullMethodName:      read(readers, services).about("name"),
	flowdeskv1.SessionService_WithdrawMessage_FullMethodName: change(workers).about("name"),
	flowdeskv1.SessionService_WhyMessage_FullMethodName:      read(readers).about("name"),
	flowdeskv1.SessionService_WatchMessages_FullMethodName:   read(readers, services).filter("session"),

	flowdeskv1.SessionService_MarkSessionRead_FullMethodName:   own(readers, services).about("name"),
	flowdeskv1.SessionService_MarkSessionUnread_FullMethodName: own(readers, services).about("name"),
	flowdeskv1.SessionService_CreateSessionNote_FullMethodName: change(workers, services).about("parent"),
	flowdeskv1.SessionService_ListSessionNotes_FullMethodName:  read(readers, services).about("parent"),
	flowdeskv1.SessionService_GetSessionNote_FullMethodName:    read(readers, services).about("name"),
	flowdeskv1.SessionService_UpdateSessionNote_FullMethodName: change(workers, services).about("session_note.name"),
	flowdeskv1.SessionService_DeleteSessionNote_FullMethodName: change(workers, services).about("name"),

	flowdeskv1.SessionService_WatchSessions_FullMethodName: read(readers, services).filter(),
	flowdeskv1.DirectoryService_WatchGroups_FullMethodName: read(readers, services).filter(),
	flowdeskv1.DirectoryService_WatchPeople_FullMethodName: read(readers, services),
	flowdeskv1.RobotService_WatchRobots_FullMethodName:     read(readers),

	flowdeskv1.SettingsService_GetSettings_FullMethodName:    read(readers),
	flowdeskv1.SettingsService_UpdateSettings_FullMethodName: change(editors),

	// Simulations are tried in memory: they change nothing that stays. Test cases stay.
	flowdeskv1.SimulatorService_CreateSimulation_FullMethodName:      read(editors),
	flowdeskv1.SimulatorService_GetSimulation_FullMethodName:         read(editors),
	flowdeskv1.SimulatorService_ListSimulations_FullMethodName:       read(editors),
	flowdeskv1.SimulatorService_DeleteSimulation_FullMethodName:      read(editors),
	flowdeskv1.SimulatorService_ResetSimulation_FullMethodName:       read(editors),
	flowdeskv1.SimulatorService_PlaySimulation_FullMethodName:        read(editors),
	flowdeskv1.SimulatorService_DebugSimulation_FullMethodName:       read(editors),
	flowdeskv1.SimulatorService_StepSimulation_FullMethodName:        read(editors),
	flowdeskv1.SimulatorService_OrderSimulatedCommand_FullMethodName: read(editors),
	flowdeskv1.SimulatorService_WhySimulated_FullMethodName:          read(editors),
	flowdeskv1.SimulatorService_WatchSimulation_FullMethodName:       read(editors),
	flowdeskv1.SimulatorService_ListScenarios_FullMethodName:         read(editors),
	flowdeskv1.SimulatorService_RunTestCase_FullMethodName:           read(editors),
	flowdeskv1.SimulatorService_RunTestCases_FullMethodName:          read(editors),
	flowdeskv1.SimulatorService_RecordTestCase_FullMethodName:        change(editors),
	flowdeskv1.SimulatorService_CreateTestCase_FullMethodName:        change(editors),
	flowdeskv1.SimulatorService_UpdateTestCase_FullMethodName:        change(editors),
	flowdeskv1.SimulatorService_DeleteTestCase_FullMethodName:        change(editors),
	flowdeskv1.SimulatorService_GetTestCase_FullMethodName:           read(readers),
	flowdeskv1.SimulatorService_ListTestCases_FullMethodName:         read(readers),

	flowdeskv1.TaskService_CreateTrackTask_FullMethodName:   change(workers, services).about("track_task.group_id"),
	flowdeskv1.TaskService_GetTrackTask_FullMethodName:      read(readers, services).about("name"),
	flowdeskv1.TaskService_ListTrackTasks_FullMethodName:    read(readers, services).filter("session"),
	flowdeskv1.TaskService_UpdateTrackTask_FullMethodName:   change(workers, services).about("track_task.name"),
	flowdeskv1.TaskService_DeleteTrackTask_FullMethodName:   change(workers).about("name"),
	flowdeskv1.TaskService_ClaimTrackTask_FullMethodName:    change(workers).about("name"),
	flowdeskv1.TaskService_ReassignTrackTask_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.TaskService_RemindTrackTask_FullMethodName:   change(workers, services).about("name"),
	flowdeskv1.TaskService_EscalateTrackTask_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.TaskService_CompleteTrackTask_FullMethodName: change(workers, services).about("name"),
	flowdeskv1.TaskService_CancelTrackTask_FullMethodName:   change(workers, services).about("name"),
	flowdeskv1.TaskService_ReopenTrackTask_FullMethodName:   change(workers, services).about("name"),
	flowdeskv1.TaskService_WatchTrackTasks_FullMethodName:   read(readers, services).filter("session"),

	// What gRPC servers commonly have. Health tells nothing but that the server is there.
	"/grpc.health.v1.Health/Check":                                   {Public: true},
	"/grpc.health.v1.Health/Watch":                                   {Public: true},
	"/grpc.health.v1.Health/List":                                    {Public: true},
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      read(admins).harmless(),
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": read(admins).harmless(),

	// They tell of all groups.
	MetricsPath: read(admins),
	PprofPath:   read(admins),
	OpenAPIPath: Rule{Any: true}.harmless(),
}
