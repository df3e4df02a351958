import { fromJson } from "@bufbuild/protobuf";
import { FlowDefinitionSchema } from "@gen/flowdesk/v1/definition_pb";
import { expect, test } from "vitest";
import { suggestFrom } from "@/forms/suggest";
import { docOf } from "@/graph/doc";
import { scopeOf } from "./scope";

const doc = docOf(
  fromJson(FlowDefinitionSchema, {
    title: "x",
    nodes: [
      { id: "trigger", triggerWebhook: {} },
      { id: "sender", senderIdentify: {} },
      { id: "behind", senderIdentify: {} },
    ],
    edges: [
      { from: "trigger", to: "sender" },
      { from: "sender", to: "behind" },
    ],
    variables: [{ name: "order_count", type: "VARIABLE_TYPE_INT" }],
  }),
  undefined,
);

test.each([
  ["event.mess", "message"],
  ["event.message.te", "text"],
  ["session.tas", "tasks"],
  ["env.set", "settings"],
  ["nodes.sender.ro", "role"],
  ["vars.order", "order_count"],
  ["nodes.sender.role == Role.ROLE_OP", "ROLE_OPERATOR"],
  ["event.message.text.size() > 3 && Priority.PRIORITY_H", "PRIORITY_HIGH"],
])("%s is completed to %s", (typed, want) => {
  expect(suggestFrom(scopeOf(doc, "behind"))(typed).map((s) => s.text)).toContain(want);
});

test("outputs of nodes that have not run are not offered", () => {
  const names = suggestFrom(scopeOf(doc, "sender"))("nodes.").map((s) => s.text);
  expect(names).toEqual(["trigger"]);
});
