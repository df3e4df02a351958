package text

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/flowdesk/flowdesk/internal/text/linear"
)

//go:embed data
var embedded embed.FS

// rulesVersion is raised when the code changes answers while the data files stay the same.
const rulesVersion = "4"

// MaxRunes is how many code points of a text are read unless Options say otherwise. WeChat messages end at about 2,000.
const MaxRunes = 2000

// Options configure an Understander; the zero value is ready to use.
type Options struct {
	// MaxRunes is how many code points of a text are read; 0 means MaxRunes.
	MaxRunes int
	// Data replaces the embedded data directory, for the trainer and for tests; nil means the embedded one.
	Data fs.FS
}

// Understander understands texts. It never changes after New and may be used by many goroutines at once.
type Understander struct {
	maxRunes  int
	folder    *folder
	leads     leads
	lex       *lexicon
	auto      *automaton
	rules     []rule
	ruleHash  []uint32
	scores    []string // names of the scores that rules add to
	ruleScore []int    // rule to its score
	classHash []uint32
	model     *linear.Model
	ids       ids
	digest    string
	pool      sync.Pool
}

// New reads the data and builds the machine; it takes some tens of milliseconds, so a process does it once.
func New(opts Options) (*Understander, error) {
	data := opts.Data
	if data == nil {
		sub, err := fs.Sub(embedded, "data")
		if err != nil {
			return nil, fmt.Errorf("open embedded data: %w", err)
		}
		data = sub
	}
	u := &Understander{maxRunes: opts.MaxRunes}
	if u.maxRunes <= 0 {
		u.maxRunes = MaxRunes
	}
	u.pool.New = func() any { return new(scratch) }
	if err := u.load(data); err != nil {
		return nil, fmt.Errorf("text data: %w", err)
	}
	return u, nil
}

func (u *Understander) load(data fs.FS) error {
	sum := sha256.New()
	sum.Write([]byte(rulesVersion))
	pairs, err := fs.ReadFile(data, "variants.txt")
	if err != nil {
		return err
	}
	sum.Write(pairs)
	if u.folder, err = newFolder(string(pairs)); err != nil {
		return fmt.Errorf("variants.txt: %w", err)
	}
	names, err := fs.ReadFile(data, "emoji.txt")
	if err != nil {
		return err
	}
	sum.Write(names)
	if u.folder.emoji, err = readEmoji(string(names)); err != nil {
		return fmt.Errorf("emoji.txt: %w", err)
	}
	opening, err := fs.ReadFile(data, "leads.txt")
	if err != nil {
		return err
	}
	sum.Write(opening)
	u.leads = readLeads(string(opening))
	dir, err := fs.Sub(data, "lexicon")
	if err != nil {
		return err
	}
	if u.lex, err = readLexicon(dir, u.folder); err != nil {
		return fmt.Errorf("lexicon: %w", err)
	}
	surfaces := make([][]rune, len(u.lex.entries))
	for i, e := range u.lex.entries {
		surfaces[i] = e.runes
		fmt.Fprintf(sum, "%d %s\n", e.class, string(e.runes))
	}
	u.auto = newAutomaton(surfaces)
	lines, err := fs.ReadFile(data, "rules.txt")
	if err != nil {
		return err
	}
	sum.Write(lines)
	if u.rules, err = readRules(string(lines), u.lex); err != nil {
		return fmt.Errorf("rules.txt: %w", err)
	}
	u.number()
	if u.ids, err = readIDs(u.lex); err != nil {
		return err
	}
	// A tree without a model is what the trainer starts from; then the rules alone decide.
	if packed, err := fs.ReadFile(data, "model.bin"); err == nil {
		sum.Write(packed)
		if u.model, err = linear.Decode(packed); err != nil {
			return fmt.Errorf("model.bin: %w", err)
		}
		if u.model.Labels() != labels {
			return fmt.Errorf("model.bin: %d labels, want %d", u.model.Labels(), labels)
		}
	}
	u.digest = hex.EncodeToString(sum.Sum(nil)[:8])
	return nil
}

// number gives scores and features of rules and classes their numbers; those of features come from names, so that they survive a
// new class in the middle.
func (u *Understander) number() {
	for _, r := range u.rules {
		if !slices.Contains(u.scores, r.score) {
			u.scores = append(u.scores, r.score)
		}
		u.ruleScore = append(u.ruleScore, slices.Index(u.scores, r.score))
		u.ruleHash = append(u.ruleHash, nameHash(r.name))
	}
	for _, c := range u.lex.classes {
		u.classHash = append(u.classHash, nameHash(c.name))
	}
}

func nameHash(name string) uint32 {
	h := start(kindClass)
	for _, r := range name {
		h = h.add(uint32(r))
	}
	return h.done()
}

// Digest names the data and rules of this Understander.
func (u *Understander) Digest() string { return u.digest }

// ids are the classes that the code itself names.
type ids struct {
	negation, question, rhetoric, contrast                        uint16
	yes, no, filler, okEmoji, notAnswer, askBack                  uint16
	moodPos, moodPos2, moodNeg, moodNeg2, emojiPos, emojiNeg      uint16
	complain, urgent, security, trouble, greet, thanks, bye, bots uint16
}

func readIDs(lex *lexicon) (ids, error) {
	var out ids
	var missing []string
	for name, to := range map[string]*uint16{
		"negation": &out.negation, "question": &out.question, "question.rhetoric": &out.rhetoric, "contrast": &out.contrast,
		"response.yes": &out.yes, "response.no": &out.no, "response.filler": &out.filler, "response.emoji": &out.okEmoji,
		"response.not": &out.notAnswer, "response.ask": &out.askBack,
		"mood.pos": &out.moodPos, "mood.pos.strong": &out.moodPos2, "mood.neg": &out.moodNeg, "mood.neg.strong": &out.moodNeg2,
		"mood.emoji.pos": &out.emojiPos, "mood.emoji.neg": &out.emojiNeg,
		"topic.complain": &out.complain, "topic.urgent": &out.urgent, "topic.security": &out.security, "topic.trouble": &out.trouble,
		"chat.greet": &out.greet, "chat.thanks": &out.thanks, "chat.bye": &out.bye, "chat.bot": &out.bots,
	} {
		id, err := lex.class(name)
		if err != nil {
			missing = append(missing, name)
		}
		*to = id
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return out, fmt.Errorf("the lexicon lacks %s", strings.Join(missing, ", "))
	}
	return out, nil
}
