import { expect, test } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, path = ""): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[path + key, value] as [string, string]] : leaves(value, `${path}${key}.`),
  );
}

test("both languages say everything, with the same values filled in", () => {
  const chinese = new Map(leaves(zh));
  const english = new Map(leaves(en));
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  const filled = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
  for (const [key, text] of chinese) {
    expect(text, key).not.toBe("");
    expect(filled(english.get(key) ?? ""), key).toEqual(filled(text));
  }
});

test("Chinese texts end without exclamation and are not English", () => {
  for (const [key, text] of leaves(zh)) {
    if (!key.startsWith("ai.example")) expect(text, key).not.toMatch(/[！!]$/);
    if (!/^(ai\.example|.*\.en)/.test(key)) expect(text, key).toMatch(/[一-鿿]|^[\w+→.{}\s·×%/–、-]*$/);
  }
});
