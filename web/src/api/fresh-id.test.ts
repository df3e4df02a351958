import { readdirSync, readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { freshId } from "./fresh-id";

afterEach(() => void vi.unstubAllGlobals());

test("ids are made on plain HTTP too, where browsers have no randomUUID", () => {
  vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
  const ids = new Set(Array.from({ length: 100 }, freshId));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test("nothing else asks the browser for an id, or for its clipboard without being ready for there being none", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((f) => /(?<!\.test)\.tsx?$/.test(f));
  const asks = files.filter((f) => /crypto\.randomUUID\(/.test(readFileSync(`src/${f}`, "utf8")));
  expect(asks).toEqual(["api/fresh-id.ts"]);
  const copies = files.filter((f) => /navigator\.clipboard/.test(readFileSync(`src/${f}`, "utf8")));
  expect(copies).toEqual(["parts/copy.ts"]);
});
