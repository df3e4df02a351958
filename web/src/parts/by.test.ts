import { expect, test } from "vitest";
import { by } from "./by";

test.each([
  ["users/ruby", "李流程", "李流程"],
  ["users/ruby", "", "ruby"],
  ["apiKeys/k1", "工单系统", "API · 工单系统"],
  ["apiKeys/k1", "", "API · k1"],
  ["财神爷", "", "财神爷"],
  ["api", "", ""],
  ["", "", ""],
])("%s called %s is %s", (name, title, want) => expect(by(name, title)).toBe(want));
