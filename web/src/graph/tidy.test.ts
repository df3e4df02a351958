import { create } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FlowLayoutSchema } from "@gen/flowdesk/v1/definition_pb";
import { describe, expect, test } from "vitest";
import { type Doc, docOf, withLayout } from "./doc";
import { addNode, connect, moveNodes } from "./edit";
import { margin, title } from "./frames";
import { homes } from "./homes";
import { kindNamed } from "./kinds";
import { extents, places } from "./layout";
import type { Box } from "./size";
import { lines, tidied } from "./tidy";

const frame = (id: string, box: Box) => ({
  $typeName: "flowdesk.v1.Frame" as const,
  id,
  title: id,
  color: "blue",
  collapsed: false,
  ...box,
});

// Two frames of two nodes each, the wires going to and fro, a frame within the second, and one node by itself.
function framed(): Doc {
  let doc = docOf(create(FlowDefinitionSchema, { title: "t" }), create(FlowLayoutSchema));
  for (const name of ["TRIGGER_WEBHOOK", "MESSAGE_RECEIVE", "SENDER_IDENTIFY", "SENDER_IDENTIFY", "SENDER_IDENTIFY"]) {
    const kind = kindNamed(name);
    if (kind) doc = addNode(doc, kind, { x: 0, y: 0 }).doc;
  }
  doc = connect(doc, "trigger_webhook", "out", "message_receive");
  doc = connect(doc, "message_receive", "new", "sender_identify");
  doc = connect(doc, "sender_identify", "out", "sender_identify_2");
  doc = connect(doc, "sender_identify_2", "out", "sender_identify_3");
  doc = moveNodes(
    doc,
    new Map([
      ["trigger_webhook", { x: 40, y: 40 }],
      ["sender_identify", { x: 40, y: 240 }],
      ["message_receive", { x: 640, y: 40 }],
      ["sender_identify_2", { x: 640, y: 240 }],
      ["sender_identify_3", { x: 2000, y: 2000 }],
    ]),
  );
  return withLayout(doc, {
    frames: [
      frame("first", { x: 0, y: 0, width: 400, height: 480 }),
      frame("second", { x: 600, y: 0, width: 400, height: 480 }),
      frame("within", { x: 616, y: 200, width: 320, height: 200 }),
    ],
    notes: [
      {
        $typeName: "flowdesk.v1.StickyNote",
        id: "n",
        text: "",
        color: "amber",
        x: 1960,
        y: 1900,
        width: 80,
        height: 64,
      },
    ],
  });
}

const inside = (a: Box, b: Box) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe("tidy with frames", () => {
  const before = framed();
  const after = tidied(before);
  const [spots, sizes] = [places(after), extents(after)];
  const boxOf = (id: string): Box => {
    const box = after.layout.frames.find((f) => f.id === id);
    return box ?? { ...(spots.get(id) ?? { x: Number.NaN, y: 0 }), ...(sizes.get(id) ?? { width: 0, height: 0 }) };
  };

  test("what stood in a frame stands in it again, and in no other", () => {
    expect(homes(before).get("sender_identify_2")).toBe("within");
    expect(homes(after)).toEqual(homes(before));
    // Below the frame's title, and with room around.
    const room = (f: Box): Box => ({
      x: f.x + margin,
      y: f.y + title,
      width: f.width - 2 * margin,
      height: f.height - title - margin,
    });
    for (const [id, home] of homes(after)) if (home) expect(inside(boxOf(id), room(boxOf(home))), id).toBe(true);
  });

  test("nothing lies upon another", () => {
    const together = [
      ["first", "second", "sender_identify_3"],
      ["trigger_webhook", "sender_identify"],
      ["message_receive", "within"],
    ];
    for (const group of together)
      for (const a of group)
        for (const b of group) if (a < b) expect(apart(boxOf(a), boxOf(b)), `${a} ${b}`).toBe(true);
  });

  test("a note keeps its distance from the node beside it", () => {
    const [note] = after.layout.notes;
    const node = boxOf("sender_identify_3");
    expect({ x: (note?.x ?? 0) - node.x, y: (note?.y ?? 0) - node.y }).toEqual({ x: -40, y: -100 });
  });

  test("doing it twice is doing it once", () => {
    expect(tidied(after).layout).toEqual(after.layout);
  });
});

describe("a long row", () => {
  const things = new Map(Array.from({ length: 9 }, (_, i) => [`n${i}`, { width: 240, height: 120 }]));
  const row = new Map([...things.keys()].map((id, i) => [id, { x: i * 336, y: 0 }]));

  test("is broken into rows one below the other, in order and apart", () => {
    const laid = lines(row, things);
    expect([...laid.keys()].sort()).toEqual([...things.keys()]);
    const boxes = [...laid].map(([id, spot]) => ({ id, ...spot, width: 240, height: 120 }));
    for (const a of boxes) for (const b of boxes) if (a.id < b.id) expect(apart(a, b), `${a.id} ${b.id}`).toBe(true);
    expect(Math.max(...boxes.map((b) => b.x + b.width))).toBeLessThan(1600);
    const order = [...boxes].sort((a, b) => a.y - b.y || a.x - b.x).map((b) => b.id);
    expect(order).toEqual([...things.keys()]);
  });

  test("that is short enough stays one", () => {
    const few = new Map([...row].slice(0, 4));
    expect(lines(few, things)).toEqual(few);
  });
});
