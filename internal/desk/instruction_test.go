package desk_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/desk"
)

func TestInstructionWord(t *testing.T) {
	t.Parallel()
	words := desk.DefaultSettings().GetInstructionWords()
	for text, want := range map[string]string{
		"请今天完成实名":                     "请",
		"大家尽快，麻烦了":                    "尽快",
		"Please scan the code":        "please",
		"ＰＬＥＡＳＥ scan":                 "please",
		"handle it ASAP!":             "asap",
		"申请通过了":                       "",
		"请问是哪位":                       "",
		"邀请你们来":                       "",
		"申请好了请发我":                     "请",
		"谢谢大家配合":                      "",
		"感谢各位的配合！":                    "",
		"谢谢，请尽快处理":                    "请",
		"不用麻烦了":                       "",
		"无需配合":                        "",
		"不用麻烦了，记得吃饭":                  "记得",
		"I am pleased":                "",
		"no need to please anybody":   "",
		"":                            "",
		"今天天气不错":                      "",
		"不用麻烦，但还是麻烦你":                 "麻烦",
		"displease，please":            "please",
		"please\u200b，尽快 displeasesx": "please",
	} {
		require.Equal(t, want, desk.InstructionWord(text, words), "%q", text)
	}
	require.Equal(t, "速办", desk.InstructionWord("这个速办", []string{"", "速办"}), "the organisation's own words")
}

func TestAnswersInstruction(t *testing.T) {
	t.Parallel()
	type understanding = flowdeskv1.Understanding
	asks := &understanding{Intent: flowdeskv1.Intent_INTENT_INQUIRY, Question: true}
	const instruction = "请今天完成实名认证"
	for name, c := range map[string]struct {
		facts desk.AnswerFacts
		want  bool
	}{
		"consent":                      {desk.AnswerFacts{Text: "好的", Understanding: &understanding{Response: true}}, true},
		"done":                         {desk.AnswerFacts{Text: "弄好了", Understanding: &understanding{Completion: true}}, true},
		"refusal":                      {desk.AnswerFacts{Text: "我不去", Understanding: &understanding{Conflict: true}}, true},
		"complaint":                    {desk.AnswerFacts{Text: "天天催，烦死了你们", Understanding: &understanding{Intent: flowdeskv1.Intent_INTENT_COMPLAINT, Question: true}}, true},
		"information":                  {desk.AnswerFacts{Text: "没空", Understanding: &understanding{Intent: flowdeskv1.Intent_INTENT_INFORMATION}}, true},
		"picture":                      {desk.AnswerFacts{Text: " "}, true},
		"short question":               {desk.AnswerFacts{Text: "怎么弄呀", Understanding: asks}, true},
		"question back":                {desk.AnswerFacts{Text: "我在外面，晚点可以吗？", Understanding: asks}, true},
		"question about it":            {desk.AnswerFacts{Text: "实名需要用谁的身份证呢", Understanding: asks}, true},
		"another question":             {desk.AnswerFacts{Text: "你们的门店地址在哪里？", Understanding: asks}, false},
		"another question about today": {desk.AnswerFacts{Text: "今天的快递到哪里了呢", Understanding: asks}, false},
		"that question to an operator": {desk.AnswerFacts{Text: "你们的门店地址在哪里？", Understanding: asks, ToOperator: true}, true},
		"word to somebody else":        {desk.AnswerFacts{Text: "好的", Understanding: &understanding{Response: true}, ToOthers: true}, false},
		"spam":                         {desk.AnswerFacts{Text: "加微信领红包", Understanding: &understanding{Spam: true}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.facts.Instruction = instruction
			got, reason := desk.AnswersInstruction(c.facts)
			require.Equal(t, c.want, got, reason)
			require.NotEmpty(t, reason)
		})
	}
}
