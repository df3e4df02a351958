package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
)

type triggerCommand struct {
	Remote

	Message triggerMessage `cmd:"" help:"Report a message as a robot would, and show what became of it." eg:"trigger message --group demo --from 张三 --text 发票怎么开\ntrigger message --group demo --role operator --text 请完成实名认证 --at 张三"`
}

type triggerMessage struct {
	Group string        `predictor:"session" help:"Group: its id or its title. Empty is a chat with one person."`
	From  string        `placeholder:"NAME" help:"Who says it; by default somebody with the role."`
	Role  string        `predictor:"role" placeholder:"ROLE" help:"Role of who says it: operator, group_assistant, after_sales or user."`
	Text  string        `help:"What is said."`
	At    []string      `placeholder:"NAME" help:"Who is mentioned with @. May be repeated."`
	AtMe  bool          `help:"The robot is mentioned."`
	Robot string        `predictor:"robot" help:"Robot that reports it; by default one that watches."`
	ID    string        `name:"message-id" help:"The platform's id of the message."`
	File  string        `predictor:"file" help:"JSON file with the callback's body, instead of the flags; - reads standard input."`
	Wait  time.Duration `default:"5s" help:"How long to look for the message afterwards; 0 does not look."`
}

// callback is the body of a message callback, with the platform's names.
type callback struct {
	Spoken       string `json:"spoken"`
	RawSpoken    string `json:"rawSpoken"`
	ReceivedName string `json:"receivedName"`
	GroupName    string `json:"groupName"`
	GroupRemark  string `json:"groupRemark"`
	RoomType     int    `json:"roomType"`
	AtMe         bool   `json:"atMe"`
	TextType     int    `json:"textType"`
	MessageID    string `json:"messageId,omitempty"`
}

// The platform's kinds of rooms and texts.
const (
	roomGroup   = 1
	roomContact = 2
	typeText    = 1
)

// Run implements the command.
func (c *triggerMessage) Run(ctx context.Context, sh *Shell) error {
	if c.Text == "" && c.File == "" {
		return sh.usage("say what is said: --text, or --file with a callback's body")
	}
	robot, err := c.robot(ctx, sh)
	if err != nil {
		return err
	}
	body, err := c.body(ctx, sh, robot)
	if err != nil {
		return err
	}
	before, err := call(ctx, sh, flowdeskv1.NewSessionServiceClient, flowdeskv1.SessionServiceClient.ListMessages, &flowdeskv1.ListMessagesRequest{PageSize: 1})
	if err != nil {
		return err
	}
	if err := sh.post(ctx, robot.GetWebhookUris().GetMessage(), body); err != nil {
		return err
	}
	if c.Wait <= 0 {
		sh.notice("the message was taken")
		return nil
	}
	return c.show(ctx, sh, before.GetResumeToken(), body)
}

// robot is who reports: the one named, else one that watches, else any.
func (c *triggerMessage) robot(ctx context.Context, sh *Shell) (*flowdeskv1.Robot, error) {
	if c.Robot != "" {
		got, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.GetRobot,
			&flowdeskv1.GetRobotRequest{Name: resource("robots", c.Robot)})
		return got.GetRobot(), err
	}
	all, err := call(ctx, sh, flowdeskv1.NewRobotServiceClient, flowdeskv1.RobotServiceClient.ListRobots, &flowdeskv1.ListRobotsRequest{PageSize: largestPage})
	if err != nil {
		return nil, err
	}
	if len(all.GetRobots()) == 0 {
		return nil, &failure{code: ExitConflict, text: sh.say("there is no robot that could report a message; flowdesk dev has four, the API's RobotService adds one")}
	}
	for _, r := range all.GetRobots() {
		for _, duty := range r.GetDuties() {
			if duty == flowdeskv1.Duty_DUTY_MONITOR {
				return r, nil
			}
		}
	}
	return all.GetRobots()[0], nil
}

func (c *triggerMessage) body(ctx context.Context, sh *Shell, robot *flowdeskv1.Robot) ([]byte, error) {
	if c.File != "" {
		return sh.read(c.File)
	}
	role, err := value[flowdeskv1.Role](sh, "--role", c.Role)
	if err != nil {
		return nil, err
	}
	b := callback{ReceivedName: c.From, RoomType: roomContact, AtMe: c.AtMe, TextType: typeText, MessageID: c.ID}
	if b.ReceivedName == "" {
		if b.ReceivedName, err = sh.somebody(ctx, role); err != nil {
			return nil, err
		}
	}
	if c.Group != "" {
		b.RoomType = roomGroup
		if b.GroupName, b.GroupRemark, err = sh.groupFor(ctx, c.Group, robot.GetId()); err != nil {
			return nil, err
		}
	}
	b.Spoken = c.Text
	for i := len(c.At) - 1; i >= 0; i-- {
		b.Spoken = "@" + c.At[i] + " " + b.Spoken
	}
	if b.RawSpoken = b.Spoken; c.AtMe {
		b.RawSpoken = "@" + robot.GetTitle() + " " + b.Spoken
	}
	return json.Marshal(b)
}

// somebody is the name of a person with a role; a customer is nobody of the directory.
func (sh *Shell) somebody(ctx context.Context, role flowdeskv1.Role) (string, error) {
	if role == flowdeskv1.Role_ROLE_UNSPECIFIED || role == flowdeskv1.Role_ROLE_USER {
		return sh.say("tester"), nil
	}
	got, err := call(ctx, sh, flowdeskv1.NewDirectoryServiceClient, flowdeskv1.DirectoryServiceClient.ListPeople,
		&flowdeskv1.ListPeopleRequest{Role: role, PageSize: 1})
	if err != nil {
		return "", err
	}
	if len(got.GetPeople()) == 0 {
		return "", &failure{code: ExitNotFound, text: sh.say("the directory has nobody with the role %s; name somebody with --from", sh.value(role))}
	}
	return got.GetPeople()[0].GetTitle(), nil
}

// groupFor is by what name and remark a robot knows a group. A group that nobody knows is reported by the name given, and is opened by that.
func (sh *Shell) groupFor(ctx context.Context, group, robot string) (title, remark string, err error) {
	got, err := call(ctx, sh, flowdeskv1.NewDirectoryServiceClient, flowdeskv1.DirectoryServiceClient.ListGroups,
		&flowdeskv1.ListGroupsRequest{PageSize: largestPage})
	if err != nil {
		return "", "", err
	}
	for _, g := range got.GetGroups() {
		if g.GetId() != short(group) && g.GetTitle() != group {
			continue
		}
		for _, alias := range g.GetAliases() {
			if alias.GetRobot() == robot {
				title, remark = alias.GetTitle(), alias.GetRemark() // the last one counts
			}
		}
		return cmp.Or(title, g.GetTitle()), remark, nil
	}
	return group, "", nil
}

// post sends a callback. The address is the robot's, on the server that the profile names: what robots reach need not be reachable from here.
func (sh *Shell) post(ctx context.Context, webhook string, body []byte) error {
	secret, err := url.Parse(webhook)
	if err != nil || secret.Path == "" {
		return &failure{code: ExitForbidden, text: sh.say("the robot's callback address is not shown to you")}
	}
	base := strings.TrimSuffix(sh.console(), "/")
	ctx, cancel := context.WithTimeout(ctx, sh.remote.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+secret.Path, bytes.NewReader(body))
	if err != nil {
		return sh.usage("%s is no address of a console: %s", base, err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := sh.http().Do(request)
	if err != nil {
		return &failure{code: ExitUnavailable, text: sh.say("%s does not answer: %s", base, bare(err)) + "\n  " +
			sh.labelled(sh.say("remedy"), sh.say("name the server's HTTP address with FLOWDESK_CONSOLE, or flowdesk profile set NAME --console ADDRESS"))}
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	switch {
	case answer.StatusCode == http.StatusOK:
		return nil
	case answer.StatusCode == http.StatusServiceUnavailable:
		return &failure{code: ExitUnavailable, text: sh.say("the server cannot store the message now")}
	default:
		return sh.invalid("the server refused the callback with status %d", answer.StatusCode)
	}
}

// bare is an error of HTTP without its address, which holds a secret.
func bare(err error) error {
	if inside, ok := err.(*url.Error); ok { //nolint:errorlint // the client wraps it so, and no deeper
		return inside.Err
	}
	return err
}

func (sh *Shell) http() *http.Client {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	if sh.sys.Dial != nil {
		transport.DialContext, transport.Proxy = sh.sys.Dial, nil
	}
	return &http.Client{Transport: transport}
}

// show waits for the message and shows what became of it.
func (c *triggerMessage) show(ctx context.Context, sh *Shell, token string, body []byte) error {
	var sent callback
	if err := json.Unmarshal(body, &sent); err != nil {
		return sh.invalid("%s: %s", c.File, err)
	}
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	err := watch(waiting, sh, token, sh.messagesStream(""), func(r *flowdeskv1.WatchMessagesResponse) error {
		m := r.GetMessage()
		if m == nil || m.GetSenderName() != sent.ReceivedName || m.GetText() != sent.Spoken && m.GetRawText() != sent.RawSpoken {
			return nil
		}
		if err := sh.showRows(m, sh.messageRows(m)...); err != nil {
			return err
		}
		return errEnough
	})
	// The stream may hear of its deadline before the context does.
	if (waiting.Err() != nil || status.Code(err) == codes.DeadlineExceeded) && ctx.Err() == nil {
		sh.notice("the message was taken and is not in the list: it may be a repeat of one that is there; flowdesk message list shows the last ones")
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for the message: %w", err)
	}
	return nil
}
