import { create } from "@bufbuild/protobuf";
import { FlowDefinitionSchema, FrameSchema, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import { AiReplyGenerateSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { expect, test } from "vitest";
import { type Doc, docOf, nodeOf, withLayout } from "./doc";
import { changeNode } from "./edit";
import { merge } from "./merge";

type Config = Partial<{ model: string }>;
const modelOf = (doc: Doc) => (nodeOf(doc, "reply")?.config.value as Config | undefined)?.model;

function flow(): Doc {
  const value = create(AiReplyGenerateSchema, { model: "reply" });
  const node = create(NodeSchema, { id: "reply", name: "回复", config: { case: "aiReplyGenerate", value } });
  return docOf(create(FlowDefinitionSchema, { title: "t", nodes: [node] }), undefined);
}

const set = (doc: Doc, config: Config) => {
  const value = create(AiReplyGenerateSchema, { model: "reply", ...config });
  return changeNode(doc, "reply", { config: { case: "aiReplyGenerate", value } });
};

test("different fields of one node come together without a question", () => {
  const base = flow();
  const mine = changeNode(set(base, { model: "large" }), "reply", { name: "我的名字" });
  const theirs = changeNode(base, "reply", { note: "他们的备注" });
  const both = merge(base, mine, theirs);
  expect(both.clashes).toEqual([]);
  const node = nodeOf(both.doc, "reply");
  expect([node?.name, node?.note]).toEqual(["我的名字", "他们的备注"]);
  expect(modelOf(both.doc)).toBe("large");
});

test("the same field changed differently by both is asked, also inside the config", () => {
  const base = flow();
  const both = merge(base, set(base, { model: "large" }), set(base, { model: "small" }), () => "theirs");
  expect(both.clashes.map((c) => c.key)).toEqual(["reply"]);
  expect(modelOf(both.doc)).toBe("small");
});

test("a frame that one side removed stays removed, and one that the other added is kept", () => {
  const frame = (id: string, title = id) => create(FrameSchema, { id, title, color: "blue" });
  const base = withLayout(flow(), { frames: [frame("a"), frame("b")] });
  const mine = withLayout(base, { frames: [frame("b")] });
  const theirs = withLayout(base, { frames: [frame("a"), frame("b", "renamed"), frame("c")] });
  const { frames } = merge(base, mine, theirs).doc.layout;
  expect(frames.map((f) => `${f.id} ${f.title}`)).toEqual(["b renamed", "c c"]);
});
