import { expect, test } from "vitest";
import { differences, pretty, titleOf } from "./differ";

test("what changed is named by its path", () => {
  const before = JSON.stringify({ title: "a", groups: ["x", "y"], same: 1, inner: { on: false }, etag: "1" });
  const after = JSON.stringify({ title: "b", groups: ["x"], same: 1, inner: { on: true }, added: null, etag: "2" });
  expect(differences(before, after)).toEqual([
    { path: "title", before: "a", after: "b" },
    { path: "groups.1", before: "y", after: "" },
    { path: "inner.on", before: "false", after: "true" },
    { path: "added", before: "", after: "null" },
  ]);
});

test("a resource that came or went is all difference, and a text that was cut is one value", () => {
  expect(differences("", '{"title":"a"}')).toEqual([{ path: "title", before: "", after: "a" }]);
  expect(differences('{"title":"a"}', "")).toEqual([{ path: "title", before: "a", after: "" }]);
  expect(differences('{"tit', '{"tit')).toEqual([]);
  expect(pretty('{"tit')).toBe('{"tit');
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
});

test("a resource goes by its title or text, as it is or was", () => {
  expect(titleOf({ before: '{"title":"旧名"}', after: '{"title":"新名"}' })).toBe("新名");
  expect(titleOf({ before: '{"text":"请稍等"}', after: "" })).toBe("请稍等");
  expect(titleOf({ before: "", after: '{"etag":"1","title":""}' })).toBe("");
  expect(titleOf({ before: '{"tit', after: "" })).toBe("");
  expect(titleOf({ before: "", after: JSON.stringify({ text: "好".repeat(50) }) })).toBe(`${"好".repeat(40)}…`);
});
