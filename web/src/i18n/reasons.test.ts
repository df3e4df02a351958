import { expect, test } from "vitest";
import cases from "../../../internal/reasons/testdata/cases.json";
import { because } from "./reasons";

// The command line and the server read the same cases.
test.each(cases)("$stored", ({ stored, zh, en }) => {
  expect(because(stored, "zh")).toBe(zh);
  expect(because(stored, "en")).toBe(en);
});
