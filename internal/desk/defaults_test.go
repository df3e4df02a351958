package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// The defaults of the product specification, field by field; a field that is in no list below is a failure.
func TestDefaultSettings(t *testing.T) {
	s := desk.DefaultSettings()
	require.Equal(t, "Asia/Shanghai", s.GetTimeZone())
	require.Empty(t, cmp.Diff(window("09:00", "21:00"), s.GetDayShift(), protocmp.Transform()))
	require.Empty(t, cmp.Diff(window("00:00", "24:00"), s.GetStaffHours(), protocmp.Transform()))
	for name, want := range map[string]time.Duration{
		"operator_response_deadline": 30 * time.Minute, "operator_staff_delay": 10 * time.Minute, "intervention_pause": 30 * time.Minute,
		"task_deadline": 24 * time.Hour, "after_sales_reminder": 15 * time.Minute, "after_sales_escalation": 30 * time.Minute,
		"offline_after": 15 * time.Minute, "alert_escalation": 2 * time.Hour, "unanswered_warning": 10 * time.Minute,
		"unanswered_error": 30 * time.Minute, "context_age": 24 * time.Hour, "judge_again_after": 10 * time.Minute,
		"lookup_after": time.Minute, "result_deadline": 5 * time.Minute,
	} {
		require.Equal(t, want, field(t, s, name).Message().Interface().(*durationpb.Duration).AsDuration(), name)
	}
	for name, want := range map[string]int64{
		"busy_tasks": 3, "lower_from": 3, "cancel_after_positive": 3, "context_messages": 20, "context_characters": 4000,
		"max_unconfirmed": 10, "requests_per_minute": 60,
	} {
		require.Equal(t, want, field(t, s, name).Int(), name)
	}
	for name, want := range map[string]float64{"conflict_sentiment_below": 0.3, "critical_mood_below": 0.2, "critical_mood_fall": 0.4} {
		require.InDelta(t, want, field(t, s, name).Float(), 0, name)
	}
	require.True(t, s.GetNeverLowerCritical())
	require.False(t, s.GetAnswerChitchat())
	require.Equal(t, []string{"在的", "来了", "好的", "收到", "马上", "可以", "行", "是的"}, s.GetResponseWords())
	for name, want := range map[string]string{
		"soothe_online_text":  "{nickname}，好的，请稍等，售后人员马上就来处理 👍",
		"soothe_busy_text":    "{nickname}，好的，请稍等，售后人员正在处理其他任务，马上就来 ⏳",
		"soothe_offline_text": "{nickname}，好的，请稍等，已通知售后人员，马上会来处理 🔔",
		"mediation_text":      "我们马上配合他，去帮助他完成实名或者扫码登录等相关工作",
	} {
		require.Equal(t, want, field(t, s, name).String())
	}
	require.Len(t, s.GetDelayRules(), 6)
	require.Equal(t, 30*time.Minute, s.GetDelayRules()[4].GetDelay().GetMax().AsDuration(), "nested in a list of messages")
	require.Equal(t, []flowdeskv1.Priority{low}, s.GetDelayRules()[5].GetPriorities())
}

func field(t *testing.T, m proto.Message, name string) protoreflect.Value {
	t.Helper()
	fd := m.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name))
	require.NotNil(t, fd, name)
	require.True(t, m.ProtoReflect().Has(fd) || fd.Kind() == protoreflect.BoolKind, name)
	return m.ProtoReflect().Get(fd)
}

// Settings without a value of their own are those of which the product has none to give.
func TestEverySettingHasItsDefault(t *testing.T) {
	empty := map[protoreflect.Name]bool{
		"task_kinds": true, "answers": true, "intent_templates": true, "allowed_hosts": true, "management_group": true, "staff_group": true, "etag": true,
		"answer_chitchat": true, // false
	}
	s := desk.DefaultSettings().ProtoReflect()
	fields := s.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		require.Equal(t, !empty[fd.Name()], s.Has(fd), fd.Name())
		if fd.Name() != "etag" {
			require.NotNil(t, desk.FieldSpec(fd), fd.Name())
		}
	}
}

func TestDefaultSettingsAreACopy(t *testing.T) {
	desk.DefaultSettings().TimeZone = "UTC"
	desk.DefaultSettings().GetDelayRules()[0].Name = "changed"
	require.Equal(t, "Asia/Shanghai", desk.DefaultSettings().GetTimeZone())
	require.Equal(t, "day", desk.DefaultSettings().GetDelayRules()[0].GetName())
}

// Field by field: a setting that is set stays, all others are filled.
func TestFillSettingsKeepsWhatIsSet(t *testing.T) {
	require.Empty(t, cmp.Diff(desk.DefaultSettings(), desk.FillSettings(nil), protocmp.Transform()))
	require.Empty(t, cmp.Diff(desk.DefaultSettings(), desk.FillSettings(&flowdeskv1.Settings{}), protocmp.Transform()))
	fields := (&flowdeskv1.Settings{}).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		given := &flowdeskv1.Settings{}
		m := given.ProtoReflect()
		switch {
		case fd.IsList() && fd.Message() != nil:
			m.Mutable(fd).List().AppendMutable()
		case fd.IsList():
			m.Mutable(fd).List().Append(protoreflect.ValueOfString("set"))
		case fd.Message() != nil:
			m.Mutable(fd)
		case fd.Kind() == protoreflect.StringKind:
			m.Set(fd, protoreflect.ValueOfString("set"))
		case fd.Kind() == protoreflect.Int32Kind:
			m.Set(fd, protoreflect.ValueOfInt32(77))
		case fd.Kind() == protoreflect.DoubleKind:
			m.Set(fd, protoreflect.ValueOfFloat64(0.77))
		case fd.Kind() == protoreflect.BoolKind:
			m.Set(fd, protoreflect.ValueOfBool(true))
		default:
			t.Fatalf("no value for %s", fd.FullName())
		}
		before := proto.CloneOf(given)
		filled := desk.FillSettings(given)
		require.Empty(t, cmp.Diff(before, given, protocmp.Transform()), "the argument is not changed")
		want := desk.DefaultSettings()
		want.ProtoReflect().Set(fd, m.Get(fd))
		require.Empty(t, cmp.Diff(want, filled, protocmp.Transform()), "only %s differs", fd.Name())
	}
}

func TestOptionalSettingsKeepTheirZero(t *testing.T) {
	off, none := false, int32(0)
	filled := desk.FillSettings(&flowdeskv1.Settings{NeverLowerCritical: &off, RequestsPerMinute: &none})
	require.False(t, filled.GetNeverLowerCritical())
	require.Zero(t, filled.GetRequestsPerMinute(), "0 is no limit")
	require.NotNil(t, filled.RequestsPerMinute)
}

// Every message of the language can take its defaults, and taking them twice changes nothing.
func TestEveryDefaultOfTheLanguageApplies(t *testing.T) {
	count := 0
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if mt.Descriptor().ParentFile().Package() != "flowdesk.v1" {
			return true
		}
		m := mt.New().Interface()
		require.NoError(t, desk.ApplyDefaults(m), mt.Descriptor().FullName())
		once := proto.Clone(m)
		require.NoError(t, desk.ApplyDefaults(m))
		require.True(t, proto.Equal(once, m), mt.Descriptor().FullName())
		effective, err := desk.Effective(mt.New().Interface(), desk.DefaultSettings())
		require.NoError(t, err, mt.Descriptor().FullName())
		fields := mt.Descriptor().Fields()
		for i := range fields.Len() {
			spec := desk.FieldSpec(fields.Get(i))
			oneof := fields.Get(i).ContainingOneof()
			if spec.GetDefaultValue() == "" || oneof != nil && !oneof.IsSynthetic() {
				continue
			}
			count++
			if spec.GetSetting() == "" {
				require.True(t, fields.Get(i).HasPresence() == false || m.ProtoReflect().Has(fields.Get(i)), fields.Get(i).FullName())
			}
			require.True(t, fields.Get(i).HasPresence() == false || effective.ProtoReflect().Has(fields.Get(i)), fields.Get(i).FullName())
		}
		return true
	})
	require.Greater(t, count, 60)
}

// Every setting that a config names exists, and wins over the default.
func TestSettingsWinOverDefaultsAndFieldsOverSettings(t *testing.T) {
	settings := desk.DefaultSettings()
	settings.CriticalMoodBelow = 0.11
	settings.DelayRules = settings.GetDelayRules()[:1]
	cfg, err := desk.Effective(&flowdeskv1.AlertJudge{}, settings)
	require.NoError(t, err)
	require.InDelta(t, 0.11, cfg.GetCriticalMoodBelow(), 0)
	own := 0.33
	cfg, err = desk.Effective(&flowdeskv1.AlertJudge{CriticalMoodBelow: &own}, settings)
	require.NoError(t, err)
	require.InDelta(t, 0.33, cfg.GetCriticalMoodBelow(), 0)
	plain := &flowdeskv1.AlertJudge{}
	require.NoError(t, desk.ApplyDefaults(plain))
	require.Nil(t, plain.CriticalMoodBelow, "a field that a setting gives stays unset until the settings are known")
	delay, err := desk.Effective(&flowdeskv1.DelayControl{}, settings)
	require.NoError(t, err)
	require.Len(t, delay.GetRules(), 1)
	delay.GetRules()[0].Name = "mine"
	require.Equal(t, "day", settings.GetDelayRules()[0].GetName(), "the config owns its copy")
}

// Defaults reach the messages inside a message, those in lists too, but never a member of a oneof that is not chosen.
func TestDefaultsAreNested(t *testing.T) {
	node := &flowdeskv1.Node{Config: &flowdeskv1.Node_MessageReceive{MessageReceive: &flowdeskv1.MessageReceive{}}}
	def := &flowdeskv1.FlowDefinition{Nodes: []*flowdeskv1.Node{node, {}}}
	require.NoError(t, desk.ApplyDefaults(def))
	require.Equal(t, 120*time.Second, node.GetMessageReceive().GetOtherRobotWindow().AsDuration())
	require.Nil(t, def.GetNodes()[1].GetConfig())
}
