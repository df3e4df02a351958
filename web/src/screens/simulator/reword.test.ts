import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { type FlowDefinition, FlowDefinitionSchema } from "@gen/flowdesk/v1/definition_pb";
import { AiReplyGenerateOutputSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { ChatLineSchema, SimulationStateSchema } from "@gen/flowdesk/v1/simulation_pb";
import { expect, test } from "vitest";
import { type Origin, originOf, reworded } from "./reword";

const definition = create(FlowDefinitionSchema, {
  nodes: [
    { id: "write", config: { case: "aiReplyGenerate", value: { answers: [{ questions: ["开票"], text: "找财务" }] } } },
    { id: "send", config: { case: "robotCommandSend", value: {} } },
  ],
});

const config = (d: FlowDefinition) => {
  const found = d.nodes[0]?.config;
  if (found?.case !== "aiReplyGenerate") throw new Error("another node");
  return { notFound: found.value.notFoundText, answers: found.value.answers.map((a) => [a.questions[0], a.text]) };
};

test.each<[string, Origin, ReturnType<typeof config>]>([
  [
    "a new answer goes ahead of those that are there",
    { node: "write", source: "answers", question: "怎么退款", said: "三天到账" },
    {
      notFound: "",
      answers: [
        ["怎么退款", "新的话"],
        ["开票", "找财务"],
      ],
    },
  ],
  [
    "an answer of the flow is changed, however it was asked",
    { node: "write", source: "flow", question: "请问开票找谁", said: "找财务" },
    { notFound: "", answers: [["开票", "新的话"]] },
  ],
  [
    "what is said when nothing fits is a field of its own",
    { node: "write", source: "not_found", question: "地址", said: "我记下了" },
    { notFound: "新的话", answers: [["开票", "找财务"]] },
  ],
  [
    "a node of another type stays as it is",
    { node: "send", source: "answers", question: "怎么退款", said: "三天到账" },
    { notFound: "", answers: [["开票", "找财务"]] },
  ],
])("%s", (_, origin, want) => {
  const before = config(definition);
  expect(config(reworded(definition, origin, "新的话"))).toEqual(want);
  expect(config(definition)).toEqual(before);
});

test("the node that wrote a line is found by what it wrote", () => {
  const output = anyPack(
    AiReplyGenerateOutputSchema,
    create(AiReplyGenerateOutputSchema, { text: "三天到账", source: "answers" }),
  );
  const state = create(SimulationStateSchema, {
    lines: [{ id: "m1", text: "怎么退款" }],
    runs: [{ instance: { id: "i1", message: "m1" }, path: [{ node: "write", output }, { node: "send" }] }],
  });
  const line = create(ChatLineSchema, { id: "c1", instance: "i1", text: "三天到账" });
  expect(originOf(state, line)).toEqual({ node: "write", source: "answers", question: "怎么退款", said: "三天到账" });
  expect(originOf(state, { ...line, text: "别人写的" })).toBeUndefined();
});
