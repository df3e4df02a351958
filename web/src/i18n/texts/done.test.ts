import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { done, doneWords } from "./done";

// Which methods are recorded stands in the golden file of the rules of access.
const matrix = readFileSync("../internal/access/testdata/matrix.txt", "utf8").split("\n");
const recorded = matrix.filter((line) => /\.\w+ .* yes$/.test(line)).map((line) => line.replace(/ .*/, ""));

test("every recorded method has its words in both languages, and none besides", () => {
  expect(recorded.length).toBeGreaterThan(50);
  // A sign-in is recorded by itself: only then is it known who it was.
  expect(Object.keys(done).sort()).toEqual([...recorded, "AccessService.SignIn"].sort());
  for (const [method, [zh, en]] of Object.entries(done)) {
    expect(zh, method).toMatch(/[一-鿿]/);
    expect(en, method).toMatch(/^[A-Z][A-Za-z' ]+$/);
  }
});

test("no two methods say the same", () => {
  for (const side of [0, 1] as const) {
    const words = Object.values(done).map((pair) => pair[side]);
    expect(words.length).toBe(new Set(words).size);
  }
});

test("an unknown method says its own name", () => {
  expect(doneWords("FlowService.PublishFlow", "zh")).toBe("发布流程");
  expect(doneWords("FlowService.BurnFlow", "en")).toBe("FlowService.BurnFlow");
});
