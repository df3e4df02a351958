import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { FlowDefinitionSchema, NodeSchema } from "@gen/flowdesk/v1/definition_pb";
import {
  MessageReceiveOutputSchema,
  MessageReceiveSchema,
  TriggerWebhookSchema,
} from "@gen/flowdesk/v1/nodes_message_pb";
import { TraceStepSchema } from "@gen/flowdesk/v1/resource_instance_pb";
import { expect, test } from "vitest";
import { docOf, edge } from "./doc";
import { usesOf, valuesFor } from "./values";

const doc = docOf(
  create(FlowDefinitionSchema, {
    nodes: [
      create(NodeSchema, { id: "trigger", config: { case: "triggerWebhook", value: create(TriggerWebhookSchema) } }),
      create(NodeSchema, { id: "receive", config: { case: "messageReceive", value: create(MessageReceiveSchema) } }),
      create(NodeSchema, {
        id: "count",
        config: { case: "set", value: { $typeName: "flowdesk.v1.Set", assignments: [] } as never },
      }),
    ],
    edges: [edge("trigger", "out", "receive"), edge("receive", "new", "count")],
  }),
  undefined,
);

test("a node reads what runs before it, with the values of the trial", () => {
  const output = anyPack(MessageReceiveOutputSchema, create(MessageReceiveOutputSchema));
  const steps = [create(TraceStepSchema, { node: "receive", output })];
  const nodes = (node?: string) =>
    valuesFor(doc, node, steps, undefined)
      .filter((v) => v.root === "nodes")
      .map((v) => v.node);
  expect(nodes("receive")).not.toContain("receive");
  expect(nodes("count")).toContain("receive");
  const read = valuesFor(doc, "count", steps, undefined).find((v) => v.node === "receive");
  expect(read?.values.every((v) => v.path.startsWith("nodes.receive.") && v.json !== undefined)).toBe(true);
  const untried = valuesFor(doc, "count", [], undefined).find((v) => v.node === "receive");
  expect(untried?.values.length).toBeGreaterThan(0);
  expect(untried?.values.every((v) => v.json === undefined)).toBe(true);
});

test("a variable that nobody names has no uses", () => {
  expect(usesOf(doc, "count")).toEqual({ writers: [], readers: [] });
});
