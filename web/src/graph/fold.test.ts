import { create } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FlowLayoutSchema } from "@gen/flowdesk/v1/definition_pb";
import { describe, expect, test } from "vitest";
import { type Doc, docOf, withLayout } from "./doc";
import { addNode, changeMark, connect, moveNodes } from "./edit";
import { folded, revealed, unfolded } from "./fold";
import { moveAll } from "./frames";
import { kindNamed } from "./kinds";
import { places } from "./layout";
import { shownWires } from "./wires";

const frame = (id: string, x: number, y: number, width: number, height: number) => ({
  $typeName: "flowdesk.v1.Frame" as const,
  id,
  title: id,
  color: "blue",
  collapsed: true,
  ...{ x, y, width, height },
});

// One node before a collapsed frame, two in it, the second of them in a frame within, and one behind.
function closed(): Doc {
  let doc = docOf(create(FlowDefinitionSchema, { title: "t" }), create(FlowLayoutSchema));
  for (const name of ["TRIGGER_WEBHOOK", "MESSAGE_RECEIVE", "SENDER_IDENTIFY", "SENDER_IDENTIFY"]) {
    const kind = kindNamed(name);
    if (kind) doc = addNode(doc, kind, { x: 0, y: 0 }).doc;
  }
  doc = connect(doc, "trigger_webhook", "out", "message_receive");
  doc = connect(doc, "message_receive", "out", "sender_identify");
  doc = connect(doc, "message_receive", "duplicate", "sender_identify_2");
  doc = connect(doc, "sender_identify", "out", "sender_identify_2");
  const spots = {
    trigger_webhook: { x: 0, y: 0 },
    message_receive: { x: 440, y: 40 },
    sender_identify: { x: 760, y: 80 },
    sender_identify_2: { x: 1400, y: 0 },
  };
  doc = moveNodes(doc, new Map(Object.entries(spots)));
  return withLayout(doc, { frames: [frame("outer", 400, 0, 700, 400), frame("inner", 740, 40, 300, 200)] });
}

describe("collapsed frames", () => {
  test("hide what stands in them, frames included, and nothing else", () => {
    expect(folded(closed())).toEqual(
      new Map([
        ["message_receive", "outer"],
        ["sender_identify", "outer"],
        ["inner", "outer"],
      ]),
    );
    expect(folded(unfolded(closed())).size).toBe(0);
  });

  test("stand at the ends of wires that lead in and out; wires within are not drawn, and those to one node are one", () => {
    expect(shownWires(closed()).map(({ id, edges }) => [id, edges])).toEqual([
      ["trigger_webhook:out", ["trigger_webhook:out"]],
      ["outer>sender_identify_2", ["message_receive:duplicate", "sender_identify:out"]],
    ]);
  });

  test("take along what they hide", () => {
    const moved = moveAll(closed(), new Map([["outer", { x: 480, y: 80 }]]));
    expect(places(moved).get("message_receive")).toEqual({ x: 520, y: 120 });
    expect(places(moved).get("sender_identify")).toEqual({ x: 840, y: 160 });
    expect(places(moved).get("sender_identify_2")).toEqual({ x: 1400, y: 0 });
    expect(moved.layout.frames.map((f) => [f.id, f.x, f.y])).toEqual([
      ["outer", 480, 80],
      ["inner", 820, 120],
    ]);
  });

  test("open as far as something in them is to be seen", () => {
    expect(revealed(closed(), "message_receive").layout.frames.map((f) => f.collapsed)).toEqual([false, true]);
    expect(revealed(closed(), "sender_identify").layout.frames.map((f) => f.collapsed)).toEqual([false, false]);
    const doc = changeMark(closed(), "outer", { collapsed: false });
    expect(revealed(doc, "sender_identify_2")).toBe(doc);
  });
});
