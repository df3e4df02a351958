package nodes

import (
	"slices"
	"strings"
	"unicode"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

// Kinds of messages that hold words of their sender: a text, one that quotes another, and what the platform could not tell.
const (
	contentUnknown = 0
	contentText    = 1
	contentQuote   = 15
)

// wordless reports whether a message says nothing that could be answered: a picture, a file, a mere mention, faces ([捂脸]), or punctuation alone (？？). Told that
// no answer was found, its sender would wonder to what.
func wordless(run *engine.Run, m *flowdeskv1.MessageEvent) bool {
	switch m.GetContentType() {
	case contentUnknown, contentText, contentQuote:
		return !strings.ContainsFunc(desk.WithoutFaces(withoutMentions(run, m)), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) })
	default:
		return true
	}
}

// lookAt tells the staff of a picture or a file, which the robot cannot read, and gives the reason for its silence. What answers a task was
// expected, and needs no notice.
func lookAt(run *engine.Run) string {
	const picture, voice, video, file = 2, 3, 5, 9
	if !slices.Contains([]int32{picture, voice, video, file}, run.Message().GetContentType()) {
		return "消息没有文字内容"
	}
	if slices.ContainsFunc(run.State().GetTasks(), func(t *flowdeskv1.TrackTask) bool { return t.GetResponseMessage() == run.MessageID() }) {
		return "用户发来了任务要的图片或文件"
	}
	tellStaff(run, run.Sender(), "用户发来图片、语音或文件，请查看", run.Message().GetText())
	return "图片、语音或文件没有文字，已通知工作人员查看"
}
