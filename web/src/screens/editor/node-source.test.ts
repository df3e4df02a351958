import { create } from "@bufbuild/protobuf";
import { ConditionBranchSchema } from "@gen/flowdesk/v1/nodes_message_pb";
import { expect, test } from "vitest";
import { configText, readConfig } from "./node-source";

const config = create(ConditionBranchSchema, {
  branch: { case: "cases", value: { cases: [{ port: "vip", title: "贵宾", when: "true" }] } },
});

test("a config comes back from its text, in YAML and in JSON", () => {
  const text = configText(ConditionBranchSchema, config);
  expect(text).toContain("title: 贵宾");
  expect(readConfig(ConditionBranchSchema, text).value).toEqual(config);
  expect(
    readConfig(ConditionBranchSchema, '{"cases":{"cases":[{"port":"vip","title":"贵宾","when":"true"}]}}').value,
  ).toEqual(config);
  expect(configText(ConditionBranchSchema, create(ConditionBranchSchema))).toBe("");
  expect(readConfig(ConditionBranchSchema, "").value).toEqual(create(ConditionBranchSchema));
});

test("what cannot be read says where, and what is no field says which", () => {
  expect(readConfig(ConditionBranchSchema, "cases:\n  cases: [}").wrong).toMatch(/^2:\d+ /);
  const strange = readConfig(ConditionBranchSchema, "casess: 1");
  expect(strange.value).toBeUndefined();
  expect(strange.wrong).toContain("casess");
  expect(readConfig(ConditionBranchSchema, "just words").wrong).toBeTruthy();
});
