package flowfile_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	shipped "github.com/flowdesk/flowdesk/flows"
	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/internal/flowfile"
)

func drawn() *flowdeskv1.FlowDefinition {
	wait := func(id, name string) *flowdeskv1.Node {
		return &flowdeskv1.Node{Id: id, Name: name, Config: &flowdeskv1.Node_Wait{Wait: &flowdeskv1.Wait{}}}
	}
	return &flowdeskv1.FlowDefinition{
		Title: "A & <B>",
		Nodes: []*flowdeskv1.Node{wait("start", ""), wait("end", `say "hi" <now>`), wait("far", ""), wait("round", "")},
		Edges: []*flowdeskv1.Edge{
			{From: "start", To: "end"},
			{From: "start", Port: "later", To: "far"},
			{From: "end", To: "far"},
			{From: "end", Port: "x", To: "nowhere"},
			{From: "round", To: "round"},
		},
	}
}

func TestMermaid(t *testing.T) {
	t.Parallel()
	require.Equal(t, `flowchart LR
  n0["start<br/>WAIT"]
  n1["say &#34;hi&#34; &lt;now&gt;<br/>WAIT"]
  n2["far<br/>WAIT"]
  n3["round<br/>WAIT"]
  n0 --> n1
  n0 -->|"later"| n2
  n1 --> n2
  n3 --> n3
`, flowfile.Mermaid(drawn()))
}

func TestSVG(t *testing.T) {
	t.Parallel()
	picture := flowfile.SVG(drawn(), nil)
	wellFormed(t, picture)
	require.Contains(t, picture, "<title>A &amp; &lt;B&gt;</title>")
	require.Contains(t, picture, `<rect x="0" y="0"`, "start")
	require.Contains(t, picture, `<rect x="280" y="0"`, "end is one step away")
	require.Contains(t, picture, `<rect x="560" y="0"`, "far is two steps away on its longest way")
	require.Contains(t, picture, `<rect x="0" y="72"`, "what stands on a cycle is in the first column")
	require.Contains(t, picture, ">later</text>")

	placed := flowfile.SVG(drawn(), &flowdeskv1.FlowLayout{Positions: []*flowdeskv1.NodePosition{{Node: "start", X: -500, Y: 7}, {Node: "gone", X: 1, Y: 1}}})
	wellFormed(t, placed)
	require.Contains(t, placed, `<rect x="-500" y="7"`)
	require.Contains(t, placed, `viewBox="-524 -24 `)
	wellFormed(t, flowfile.SVG(&flowdeskv1.FlowDefinition{}, nil))
	unified, err := shipped.Load("unified")
	require.NoError(t, err)
	wellFormed(t, flowfile.SVG(unified, nil))
}

func wellFormed(t *testing.T, picture string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			require.NoError(t, err, picture)
		}
	}
}
