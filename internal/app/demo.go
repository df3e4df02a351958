package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/flowdesk/flowdesk/engine"
	"github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

func contextFor() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), 5*time.Second) //nolint:forbidigo // a scrape has a time of its own
}

// DemoFlow is the shipped flow that a fresh installation runs.
const DemoFlow = "unified"

// Ship stores a shipped flow and activates it, unless a flow of that id is there already.
func (a *App) Ship(ctx context.Context, name string) error {
	if _, err := a.Store.GetFlow(ctx, name); err == nil || !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	definition, err := flows.Load(name)
	if err != nil {
		return err
	}
	program, diagnostics := a.Runner.Compile(name, 1, definition)
	if program == nil {
		return fmt.Errorf("shipped flow %s: %v", name, diagnostics)
	}
	now := engine.Timestamp(a.Runner.Now())
	if err := a.Store.CreateFlow(ctx, &flowdeskv1.Flow{Id: name, Definition: definition, CreateTime: now, UpdateTime: now}); err != nil {
		return err
	}
	version := &flowdeskv1.FlowVersion{Flow: name, Definition: definition, Digest: program.Digest, Note: "shipped", Author: "flowdesk", CreateTime: now, Bounds: program.Bounds}
	if _, err := a.Store.PublishVersion(ctx, version, true); err != nil {
		return err
	}
	return a.Runner.Reload(ctx)
}

// DemoRobot is one robot of the demo.
type DemoRobot struct {
	ID, Title, RobotID string
	Duty               flowdeskv1.Duty
	Secret             string
}

// The groups of the demo.
const (
	DemoGroup           = "华东客户群"
	DemoStaffGroup      = "客服工作群"
	DemoManagementGroup = "管理群"
)

// DemoPeople are the people of the demo's directory; whoever else speaks is a customer.
func DemoPeople() []*flowdeskv1.Person {
	return []*flowdeskv1.Person{
		{Id: "operator", Title: "财神爷", Role: flowdeskv1.Role_ROLE_OPERATOR},
		{Id: "assistant", Title: "小助理", Role: flowdeskv1.Role_ROLE_GROUP_ASSISTANT},
		{Id: "support", Title: "售后小王", Role: flowdeskv1.Role_ROLE_AFTER_SALES},
	}
}

func (a *App) demoDirectory(ctx context.Context, robots []DemoRobot) error {
	now := engine.Timestamp(a.Runner.Now())
	for _, p := range DemoPeople() {
		if _, err := a.Store.GetPerson(ctx, p.GetId()); err == nil {
			continue
		}
		p.CreateTime, p.UpdateTime = now, now
		if err := a.Store.PutPerson(ctx, p, ""); err != nil {
			return err
		}
	}
	for id, title := range map[string]string{"demo": DemoGroup, "staff": DemoStaffGroup, "management": DemoManagementGroup} {
		if _, err := a.Store.GetGroup(ctx, id); err == nil {
			continue
		}
		group := &flowdeskv1.Group{
			Id: id, Title: title, Kind: flowdeskv1.SessionKind_SESSION_KIND_GROUP, Internal: id != "demo", CreateTime: now, UpdateTime: now,
		}
		for _, r := range robots {
			group.Aliases = append(group.Aliases, &flowdeskv1.GroupAlias{Robot: r.ID, Title: title})
		}
		if err := a.Store.PutGroup(ctx, group, ""); err != nil {
			return err
		}
	}
	return nil
}

// Demo fills an empty installation with a directory, three groups, four robots at a platform's address and some answers. What is there already stays.
func (a *App) Demo(ctx context.Context, platform string, robots []DemoRobot) error {
	now := engine.Timestamp(a.Runner.Now())
	for _, r := range robots {
		record := &storage.RobotRecord{WebhookSecret: r.Secret, Robot: &flowdeskv1.Robot{
			Id: r.ID, Title: r.Title, Duties: []flowdeskv1.Duty{r.Duty}, RobotId: r.RobotID, BaseUri: platform, CreateTime: now, UpdateTime: now,
		}}
		if err := a.Store.PutRobot(ctx, record, ""); err != nil {
			return err
		}
	}
	if err := a.demoDirectory(ctx, robots); err != nil {
		return err
	}
	settings, err := a.Store.GetSettings(ctx)
	if err != nil {
		return err
	}
	if len(settings.GetAnswers()) == 0 {
		settings = proto.CloneOf(settings)
		settings.Answers, settings.StaffGroup, settings.ManagementGroup = demoAnswers(), "staff", "management"
		if err := a.Store.PutSettings(ctx, settings, ""); err != nil {
			return err
		}
	}
	records, err := a.Store.ListRobots(ctx)
	if err != nil {
		return err
	}
	a.robotsChanged(records)
	return a.Runner.Reload(ctx)
}

func demoAnswers() []*flowdeskv1.AnswerEntry {
	return []*flowdeskv1.AnswerEntry{
		{Id: "invoice", Questions: []string{"发票怎么开", "怎么开发票", "可以开发票吗"}, Answer: "在订单详情页点击“申请发票”，填写抬头后 1 个工作日内发送到您的邮箱。"},
		{Id: "refund", Questions: []string{"怎么退款", "退款多久到账", "可以退款吗"}, Answer: "未使用的订单可在“我的订单”申请退款，审核通过后 1–3 个工作日原路退回。"},
		{Id: "hours", Questions: []string{"几点上班", "营业时间", "客服工作时间"}, Answer: "人工客服工作时间为每天 09:00–21:00。"},
	}
}
