import { AlertJudgeSchema } from "@gen/flowdesk/v1/nodes_reply_pb";
import { expect, test } from "vitest";
import { fieldWords } from "./field-words";

test("a path is told by the labels of its fields, of the flow, of a node and within a config", () => {
  expect(fieldWords("max_replies_per_message", false, "zh").label).toBe("每条消息最多回复数");
  expect(fieldWords("name", true, "zh").label).toBe("名称");
  const [first] = AlertJudgeSchema.fields;
  if (!first) throw new Error("a config without fields");
  const told = fieldWords(first.name, false, "zh", AlertJudgeSchema);
  expect(told.field).toBe(first);
  expect(told.label).not.toBe(first.name);
  expect(fieldWords("no.such", false, "zh", AlertJudgeSchema).label).toBe("no.such");
});
