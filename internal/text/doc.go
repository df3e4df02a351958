// Package text is the built-in text understanding: intent, mood, urgency, hand-off wishes, after-sales responses, task kinds and
// small talk, for Chinese and English customer texts, without a model service.
//
// An Understander reads its embedded data once: a lexicon (data/lexicon/*.txt), sequence rules over the lexicon's classes
// (data/rules.txt) and a linear model (data/model.bin) whose weights the program in internal/text/train learns from hand-written
// texts. Understanding a text is one fold (fold.go), one pass of an automaton over all entries (automaton.go), the rules, and one
// sum of weights per label.
//
// The package promises: the answer depends on the text, the locale, the words given and the embedded data only; no clock, no
// randomness, no I/O; safe for concurrent use; at most MaxRunes code points are read, so the time is bounded. It may import only
// gen and the standard library without I/O.
package text
