import { create } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, type Node, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { ConditionBranchSchema } from "@gen/flowdesk/v1/nodes_message_pb";
import { describe, expect, test } from "vitest";
import { type Doc, docOf, edge, nodeOf, sameBehaviour, sameDoc } from "./doc";
import {
  addNode,
  changeNode,
  connect,
  disconnect,
  freshId,
  moveNodes,
  removeNodes,
  renameId,
  splice,
  whyNotConnect,
} from "./edit";
import { begin, change, redo, undo } from "./history";
import { type Kind, kindNamed, kinds, portsOf, portTitle } from "./kinds";
import { places, tidy } from "./layout";
import { merge } from "./merge";
import { copyText, pasteText } from "./text";

const kind = (name: string): Kind => {
  const found = kindNamed(name);
  if (!found) throw new Error(`no kind ${name}`);
  return found;
};

function flow(): Doc {
  let doc = docOf(create(FlowDefinitionSchema, { title: "t" }), undefined);
  for (const name of ["TRIGGER_WEBHOOK", "MESSAGE_RECEIVE", "SENDER_IDENTIFY"])
    doc = addNode(doc, kind(name), { x: 0, y: 0 }).doc;
  doc = connect(doc, "trigger_webhook", "out", "message_receive");
  return connect(doc, "message_receive", "new", "sender_identify");
}

const wires = (doc: Doc) => doc.definition.edges.map((e) => `${e.from}.${e.port}>${e.to}`).sort();

describe("kinds", () => {
  test("every node type of the language has a family, titles in both languages and a config", () => {
    expect(kinds.length).toBeGreaterThan(40);
    for (const k of kinds) {
      expect(k.spec.family, k.name).not.toBe(0);
      expect(k.spec.title?.zh, k.name).toBeTruthy();
      expect(k.spec.title?.en, k.name).toBeTruthy();
    }
  });

  test("a branch has the ports of its cases, then else", () => {
    const node = branch("b", ["vip", "night"]);
    expect(portsOf(node).map((p) => p.name)).toEqual(["vip", "night", "else"]);
  });

  test("a port is called as its node's config titles it, else as its type does, else by its name", () => {
    const value = create(ConditionBranchSchema, {
      branch: { case: "cases", value: { cases: [{ port: "vip", title: "贵宾", when: "true" }] } },
    });
    const node = create(NodeSchema, { id: "b", config: { case: "conditionBranch", value } });
    const told = (nodes: Node[], port: string) => portTitle(nodes, "b", "CONDITION_BRANCH", port, "zh");
    expect(told([node], "vip")).toBe("贵宾");
    expect(told([node], "else")).toBe("其他");
    expect(told([], "vip")).toBe("vip");
  });
});

function branch(id: string, ports: string[]): Node {
  const value = create(ConditionBranchSchema, {
    branch: { case: "cases", value: { cases: ports.map((port) => ({ port, when: "true" })) } },
  });
  return create(NodeSchema, { id, config: { case: "conditionBranch", value } });
}

describe("edit", () => {
  test("a new node gets an id of its own and is wired behind another", () => {
    const { doc, id } = addNode(
      flow(),
      kind("SENDER_IDENTIFY"),
      { x: 1, y: 2 },
      { node: "sender_identify", port: "out" },
    );
    expect(id).toBe("sender_identify_2");
    expect(wires(doc)).toContain("sender_identify.out>sender_identify_2");
    expect(freshId(doc, "9 Bad-Name!")).toBe("bad_name_");
  });

  test("wires into triggers, onto itself and from ports that are not there are refused with the reason", () => {
    const doc = flow();
    expect(whyNotConnect(doc, "sender_identify", "out", "trigger_webhook")).toBe("trigger");
    expect(whyNotConnect(doc, "sender_identify", "out", "sender_identify")).toBe("self");
    expect(whyNotConnect(doc, "sender_identify", "nothing", "message_receive")).toBe("noPort");
    expect(whyNotConnect(doc, "sender_identify", "out", "nobody")).toBe("noNode");
    expect(whyNotConnect(doc, "sender_identify", "error", "message_receive")).toBeUndefined();
  });

  test("a port has one wire: the new one replaces the old", () => {
    const doc = connect(flow(), "trigger_webhook", "out", "sender_identify");
    expect(wires(doc)).toEqual(["message_receive.new>sender_identify", "trigger_webhook.out>sender_identify"]);
  });

  test("a removed node takes its wires along, or leaves the wire whole", () => {
    expect(wires(removeNodes(flow(), new Set(["message_receive"])))).toEqual([]);
    expect(wires(removeNodes(flow(), new Set(["message_receive"]), true))).toEqual([
      "trigger_webhook.out>sender_identify",
    ]);
  });

  test("a node put into a wire is wired on both sides", () => {
    const { doc, id } = splice(flow(), kind("SET"), "trigger_webhook", "out", "message_receive", { x: 0, y: 0 });
    expect(wires(doc)).toContain(`trigger_webhook.out>${id}`);
    expect(doc.definition.edges.some((e) => e.from === id && e.to === "message_receive")).toBe(true);
  });

  test("a renamed case keeps its wire; a removed one loses it", () => {
    let doc = flow();
    doc = {
      ...doc,
      definition: {
        ...doc.definition,
        nodes: [...doc.definition.nodes, branch("b", ["vip", "night"])],
        edges: [...doc.definition.edges, edge("b", "vip", "sender_identify"), edge("b", "night", "message_receive")],
      },
    };
    const renamed = changeNode(doc, "b", { config: branch("b", ["gold", "night"]).config });
    expect(wires(renamed)).toContain("b.gold>sender_identify");
    const removed = changeNode(doc, "b", { config: branch("b", ["night"]).config });
    expect(wires(removed)).toContain("b.night>message_receive");
    expect(wires(removed).some((w) => w.startsWith("b.vip"))).toBe(false);
  });

  test("a new id goes into wires and layout; a taken or wrong one changes nothing", () => {
    const doc = flow();
    expect(wires(renameId(doc, "message_receive", "receive"))).toEqual([
      "receive.new>sender_identify",
      "trigger_webhook.out>receive",
    ]);
    expect(renameId(doc, "message_receive", "sender_identify")).toBe(doc);
    expect(renameId(doc, "message_receive", "Nope!")).toBe(doc);
  });

  test("moving changes the layout and not the behaviour", () => {
    const doc = flow();
    const moved = moveNodes(doc, new Map([["message_receive", { x: 101, y: 9 }]]));
    expect(sameBehaviour(doc, moved)).toBe(true);
    expect(sameDoc(doc, moved)).toBe(false);
    expect(places(moved).get("message_receive")).toEqual({ x: 104, y: 8 });
  });
});

describe("history", () => {
  test("each change is one undo; letters in one field within a second are one", () => {
    const doc = flow();
    const name = (n: string) => changeNode(doc, "message_receive", { name: n });
    let h = begin(doc);
    h = change(h, name("a"), "config", "f", 1000);
    h = change(h, name("ab"), "config", "f", 1500);
    h = change(h, name("abc"), "config", "f", 4000);
    expect(h.past).toHaveLength(2);
    h = undo(h);
    expect(nodeOf(h.now, "message_receive")?.name).toBe("ab");
    h = undo(h);
    expect(h.now).toBe(doc);
    expect(undo(h)).toBe(h);
    h = redo(redo(h));
    expect(nodeOf(h.now, "message_receive")?.name).toBe("abc");
  });

  test("a change after an undo forgets what was undone, and 200 steps are kept", () => {
    let h = begin(flow());
    for (let i = 0; i < 250; i++) h = change(h, changeNode(h.now, "message_receive", { name: `n${i}` }), "config");
    for (let i = 0; i < 200; i++) h = undo(h);
    expect(nodeOf(h.now, "message_receive")?.name).toBe("n49");
    h = change(h, changeNode(h.now, "message_receive", { name: "x" }), "config");
    expect(h.future).toHaveLength(0);
  });
});

describe("text", () => {
  test("copied nodes come back under new ids with the wires among them", () => {
    const doc = flow();
    const text = copyText(doc, new Set(["message_receive", "sender_identify"]));
    const pasted = pasteText(doc, text, { x: 400, y: 400 });
    expect(pasted?.ids).toEqual(new Set(["message_receive_2", "sender_identify_2"]));
    expect(pasted && wires(pasted.doc)).toContain("message_receive_2.new>sender_identify_2");
  });

  test("other texts are not pasted as nodes", () => {
    for (const text of ["", "hello", "[1]", "{}", '{"nodes": 3}', "null"])
      expect(pasteText(flow(), text, { x: 0, y: 0 })).toBeNull();
  });
});

describe("layout", () => {
  test("nodes run from left to right and none lies upon another", () => {
    const spots = tidy(flow());
    const x = (id: string) => spots.get(id)?.x ?? Number.NaN;
    expect(x("trigger_webhook")).toBeLessThan(x("message_receive"));
    expect(x("message_receive")).toBeLessThan(x("sender_identify"));
  });
});

describe("merge", () => {
  const named = (doc: Doc, id: string, name: string) => changeNode(doc, id, { name });

  test("changes of different nodes come together, both times", () => {
    const base = flow();
    const theirs = named(base, "sender_identify", "theirs");
    const first = merge(base, named(base, "message_receive", "mine"), theirs);
    expect(first.clashes).toEqual([]);
    expect(nodeOf(first.doc, "message_receive")?.name).toBe("mine");
    expect(nodeOf(first.doc, "sender_identify")?.name).toBe("theirs");
    const second = merge(theirs, first.doc, named(theirs, "trigger_webhook", "again"));
    expect(second.clashes).toEqual([]);
    expect(["trigger_webhook", "message_receive", "sender_identify"].map((id) => nodeOf(second.doc, id)?.name)).toEqual(
      ["again", "mine", "theirs"],
    );
  });

  test("the same node changed differently is asked, and whichever is chosen stays", () => {
    const base = flow();
    const [mine, theirs] = [named(base, "sender_identify", "mine"), named(base, "sender_identify", "theirs")];
    expect(merge(base, mine, theirs).clashes.map((c) => c.key)).toEqual(["sender_identify"]);
    expect(nodeOf(merge(base, mine, theirs).doc, "sender_identify")?.name).toBe("mine");
    expect(nodeOf(merge(base, mine, theirs, () => "theirs").doc, "sender_identify")?.name).toBe("theirs");
  });

  test("a node removed by one and changed by the other is asked, and no wire hangs", () => {
    const base = flow();
    const both = merge(base, removeNodes(base, new Set(["sender_identify"])), named(base, "sender_identify", "theirs"));
    expect(both.clashes).toHaveLength(1);
    expect(nodeOf(both.doc, "sender_identify")).toBeUndefined();
    expect(wires(both.doc)).toEqual(["trigger_webhook.out>message_receive"]);
  });

  test("the same port led elsewhere by both is asked", () => {
    const base = disconnect(flow(), new Set(["trigger_webhook:out"]));
    const both = merge(
      base,
      connect(base, "trigger_webhook", "out", "message_receive"),
      connect(base, "trigger_webhook", "out", "sender_identify"),
    );
    expect(both.clashes.map((c) => c.kind)).toEqual(["edge"]);
  });

  test("fields of the flow merge one by one", () => {
    const base = flow();
    const title = { ...base, definition: { ...base.definition, title: "mine" } };
    const priority = { ...base, definition: { ...base.definition, priority: 7 } };
    const both = merge(base, title, priority);
    expect(both.clashes).toEqual([]);
    expect([both.doc.definition.title, both.doc.definition.priority]).toEqual(["mine", 7]);
  });
});
