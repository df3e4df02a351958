package nodes

import (
	"slices"
	"sync"

	"github.com/flowdesk/flowdesk/engine"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
	"github.com/flowdesk/flowdesk/internal/text"
)

// prepared is what nodes need of an environment, indexed once for each snapshot.
type prepared struct {
	directory *desk.Directory
	answers   *desk.Answers
	entries   map[string]*flowdeskv1.AnswerEntry // of the question/answer file, by id
	words     text.Words
}

func prepare(env *flowdeskv1.Environment) any {
	p := &prepared{directory: desk.NewDirectory(env), answers: desk.NewAnswers(env.GetSettings().GetAnswers())}
	p.entries = make(map[string]*flowdeskv1.AnswerEntry, len(env.GetSettings().GetAnswers()))
	for _, entry := range env.GetSettings().GetAnswers() {
		p.entries[entry.GetId()] = entry
	}
	usual, settings := usualWords(), env.GetSettings()
	p.words.Response, p.words.MoreResponse = beside(settings.GetResponseWords(), usual.GetResponseWords())
	p.words.Completion, p.words.MoreCompletion = beside(settings.GetCompletionPhrases(), usual.GetCompletionPhrases())
	for _, kind := range env.GetSettings().GetTaskKinds() {
		p.words.TaskKinds = append(p.words.TaskKinds, text.TaskWords{Name: kind.GetName(), Phrases: kind.GetWords()})
	}
	return p
}

// usualWords are the settings of an organisation that has set nothing.
var usualWords = sync.OnceValue(desk.DefaultSettings)

// beside tells how an organisation's list of words stands to the shipped lexicon, of which the list's default is an extract for people. A list that
// holds all of the default adds to the lexicon; one from which something was taken out is meant as it stands, and replaces it.
func beside(list, usual []string) (replace, more []string) {
	for _, word := range usual {
		if !slices.Contains(list, word) {
			return list, nil
		}
	}
	return nil, slices.DeleteFunc(slices.Clone(list), func(word string) bool { return slices.Contains(usual, word) })
}

// understander reads its data once for the process; it never changes after that.
var understander = sync.OnceValue(func() *text.Understander {
	u, err := text.New(text.Options{})
	if err != nil {
		panic("embedded text data: " + err.Error()) //nolint:forbidigo // our own files, covered by tests
	}
	return u
})

func understand(env *engine.Env, message string) *flowdeskv1.Understanding {
	words := text.Words{}
	if p, ok := env.Prepared().(*prepared); ok {
		words = p.words
	}
	u := understander().Understand(message, "", words)
	talk := desk.HearSmallTalk(message)
	if talk.TakesBack && !u.GetQuestion() {
		u.TakenBack = true
	}
	if talk.Jests && u.GetIntent() != flowdeskv1.Intent_INTENT_COMPLAINT && !u.GetConflict() {
		u.Churn = false // 笑死，退群退群😂
	}
	return u
}

// Understand answers what a text means under an environment, as flows see it; for the API.
func Understand(env *engine.Env, message string) *flowdeskv1.Understanding {
	return understand(env, message)
}

// Warm reads the text understanding's data, which takes some tens of milliseconds.
func Warm() { understander() }

// failed opens a task for the staff when a flow hands its failures over.
func failed(run *engine.Run, node string, err error) {
	run.PutTask(&flowdeskv1.TrackTask{
		Origin: flowdeskv1.TaskOrigin_TASK_ORIGIN_FLOW, Kind: flowdeskv1.TaskKind_TASK_KIND_OTHER, State: flowdeskv1.TaskState_TASK_STATE_PENDING,
		Priority: flowdeskv1.Priority_PRIORITY_HIGH, Title: "流程在节点 " + node + " 失败", Reason: err.Error(), TargetUserId: run.Sender(),
		Deadline: engine.Timestamp(run.Now().Add(run.Settings().GetTaskDeadline().AsDuration())),
	}, flowdeskv1.TaskAction_TASK_ACTION_UNSPECIFIED)
}
