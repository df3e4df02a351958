import { expect, test } from "vitest";
import { eachOnce } from "./node-names";

test("what is waited for several times is named once", () => {
  expect(eachOnce(["C3", "C4", "C3", "C3"])).toEqual(["C3 ×3", "C4"]);
  expect(eachOnce([])).toEqual([]);
});
