import { expect, test } from "vitest";
import { characters } from "./characters";

test.each([
  ["", 0],
  ["已核实 ok", 6],
  ["👨‍👩‍👧👍🏽", 2],
  ["é", 1],
])("%s is counted as readers see it", (text, count) => {
  expect(characters(text)).toBe(count);
});
