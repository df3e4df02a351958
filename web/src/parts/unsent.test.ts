import { beforeEach, describe, expect, it } from "vitest";
import { forgetDrafts, unsent } from "./unsent";

const kept = new Map<string, string>();

describe("forgetDrafts", () => {
  beforeEach(() => {
    kept.clear();
    Object.defineProperty(globalThis, "sessionStorage", {
      configurable: true,
      value: new Proxy(
        { removeItem: (key: string) => kept.delete(key) },
        { ownKeys: () => [...kept.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
      ),
    });
  });
  it("forgets what was not sent, and nothing else", () => {
    kept.set("flowdesk.unsent.session/g1", "你好");
    kept.set("other", "x");
    forgetDrafts();
    expect([...kept.keys()]).toEqual(["other"]);
  });
});

describe("unsent", () => {
  it("is what was typed after what was sent, and all of what was rewritten", () => {
    expect(unsent("  在查\n", "在查")).toBe("");
    expect(unsent("在查 请稍等", "在查")).toBe("请稍等");
    expect(unsent("查到了", "在查")).toBe("查到了");
  });
});
