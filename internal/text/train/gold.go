package main

import (
	"fmt"
	"slices"
)

// intents and moods in the order of the model's columns.
func intents() []string {
	return []string{"complaint", "urgent", "inquiry", "help", "handoff", "response", "chitchat", "information"}
}

func moods() []string { return []string{"neg", "neu", "pos"} }

// goldOf turns label words into the indices that the trainer wants; an absent key or x is unknown, except that intent decides
// chat, response and hand-off where nothing is said.
func goldOf(set map[string]string) ([]int8, error) {
	gold := make([]int8, heads)
	for i := range gold {
		gold[i] = -1
	}
	if v := set["intent"]; v != "" && v != "x" {
		i := slices.Index(intents(), v)
		if i < 0 {
			return nil, fmt.Errorf("unknown intent %q", v)
		}
		gold[headIntent] = int8(i)
		gold[headChat] = yes(v == "chitchat")
		gold[headResponse] = yes(v == "response")
		gold[headHandoff] = yes(v == "handoff")
	}
	if v := set["mood"]; v != "" && v != "x" {
		i := slices.Index(moods(), v)
		if i < 0 {
			return nil, fmt.Errorf("unknown mood %q", v)
		}
		gold[headMood] = int8(i)
	}
	for key, head := range map[string]int{"chat": headChat, "resp": headResponse, "hand": headHandoff} {
		switch set[key] {
		case "1":
			gold[head] = 1
		case "0":
			gold[head] = 0
		case "x":
			gold[head] = -1
		}
	}
	if v := set["task"]; v != "x" {
		gold[headRealName] = yes(v == "realname")
		gold[headQR] = yes(v == "qr")
		gold[headPhone] = yes(v == "phone")
	}
	return gold, nil
}

func yes(b bool) int8 {
	if b {
		return 1
	}
	return 0
}
