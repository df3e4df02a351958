import { expect, test } from "vitest";
import { marked } from "./understood";

test("evidence is marked in the text, counted in code points", () => {
  expect(marked("😀我要投诉", [{ start: 1, end: 5, rule: "complaint" }])).toEqual([
    { text: "😀", rules: "" },
    { text: "我要投诉", rules: "complaint" },
  ]);
});

test("evidence that overlaps marks each part with all its rules", () => {
  expect(
    marked("abcd", [
      { start: 0, end: 3, rule: "a" },
      { start: 2, end: 4, rule: "b" },
    ]),
  ).toEqual([
    { text: "ab", rules: "a" },
    { text: "c", rules: "a, b" },
    { text: "d", rules: "b" },
  ]);
});

test("evidence beyond the text is left out", () => {
  expect(marked("ab", [{ start: 1, end: 9, rule: "x" }])).toEqual([{ text: "ab", rules: "" }]);
});
