import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, type Visitor, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

const saved = (page: Page) =>
  expect.poll(() => page.getByTestId("saved").getAttribute("data-state"), { timeout: 15_000 }).toBe("saved");
// until waits as long as keeping a draft may take: a change is saved a moment after it is made.
const until: typeof expect.poll = (read, options) => expect.poll(read, { timeout: 15_000, ...options });
const stored = async (id: string) => JSON.stringify(await api("GET", `/v1/flows/${id}`));

// small is a flow of three nodes with places of their own.
async function small(wired = false): Promise<string> {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "小流程",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", name: "接收", messageReceive: {} },
        { id: "sender", name: "识别", humanHandoff: {} },
      ],
      edges: [{ from: "trigger", to: "receive" }, ...(wired ? [{ from: "receive", to: "sender" }] : [])],
    },
    layout: {
      positions: [
        { node: "trigger", x: 0, y: 0 },
        { node: "receive", x: 344, y: 0 },
        { node: "sender", x: 344, y: 240 },
      ],
      frames: [{ id: "frame_1", title: "主线", color: "blue", x: -32, y: -56, width: 660, height: 200 }],
    },
  });
  return id;
}

// standing is where something is when the view has come to rest.
async function standing(what: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  for (let before = await what.boundingBox(); ; ) {
    await what.page().waitForTimeout(150);
    const now = await what.boundingBox();
    if (now && before?.x === now.x && before.y === now.y && before.width === now.width) return now;
    before = now;
  }
}

const node = (v: Visitor, name: string) => v.page.locator(".react-flow__node-flow").filter({ hasText: name }).first();

test("a newcomer changes what the robot said, publishes, sees it and rolls back, without knowing the editor", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page.getByRole("button", { name: "改这句话" }).first().click();
  await page.getByRole("dialog").getByRole("link", { name: "在编辑器里打开这个节点" }).waitFor();
  await page.getByRole("dialog").getByRole("textbox").fill("发票当天开好，发到您的邮箱。");
  await page.getByRole("button", { name: "写入草稿并重放" }).click();
  const said = page.getByRole("log").getByText("发票当天开好").first();
  await said.waitFor();
  await page.goto(`${new URL(page.url()).origin}/flows/unified/edit`);
  await page.getByRole("button", { name: "发布" }).click();
  await page.getByRole("dialog").getByText("发票当天开好").first().waitFor();
  expect(await page.getByRole("dialog").getByText("ai_reply_generate").count()).toBe(0);
  await page.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  // The conversation is still there, and is played again on what is live.
  await page.getByRole("link", { name: "在模拟器里看效果" }).click();
  await said.waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "回滚到 v3" }).click();
  await page.getByText("已回滚到 v3").waitFor();
  const flow = await api<{ activeVersion: number }>("GET", "/v1/flows/unified");
  expect(flow.activeVersion).toBe(5);
  // What was written stays in the draft, and undo goes on behind publishing.
  expect(await stored("unified")).toContain("发票当天开好");
  await page.getByRole("button", { name: "更多操作" }).click();
  await page.getByRole("menuitem", { name: "放弃草稿，恢复线上版本" }).click();
  await page.getByText("已恢复为线上 v5 的内容").waitFor();
  await until(() => stored("unified")).not.toContain("发票当天开好");
  healthy(visitor);
});

test("undo goes on after publishing, and a link to a node opens where it stands", async () => {
  const id = await small(true);
  const visitor = await visit(`/flows/${id}/edit?node=sender`);
  const { page } = visitor;
  await node(visitor, "识别").waitFor();
  const name = page.getByRole("textbox", { name: "名称" });
  await name.fill("认人");
  await page.getByRole("button", { name: "发布" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  await page.getByText(/已发布 v1/).waitFor();
  await page.getByRole("button", { name: "撤销" }).click();
  expect(await name.inputValue()).toBe("识别");
  await page.getByText("1 个节点与线上不同").waitFor();
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  healthy(visitor);
});

test("connecting, selecting and moving work by keyboard alone", async () => {
  const id = await small();
  const visitor = await visit(`/flows/${id}/edit?node=receive`);
  const { page } = visitor;
  await node(visitor, "接收").waitFor();
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("c");
  await page.getByRole("searchbox", { name: "目标节点" }).fill("识");
  await page.keyboard.press("Enter");
  await saved(page);
  await until(() => stored(id)).toContain('"to":"sender"');
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Tab");
  expect(await page.getByRole("textbox", { name: "名称" }).inputValue()).toBe("识别");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await saved(page);
  await until(() => stored(id)).toContain('"y":288');
  await page.keyboard.press("Control+z");
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("选择上游或下游").first().waitFor();
  healthy(visitor);
});

test("a box drawn with Shift selects what is in it, the other mouse button opens a menu, a frame takes its nodes along", async () => {
  const id = await small();
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  await node(visitor, "接收").waitFor();
  const first = await standing(node(visitor, "接收"));
  const second = await standing(node(visitor, "识别"));
  await page.keyboard.down("Shift");
  await page.mouse.move(first.x - 30, second.y - 20);
  await page.mouse.down();
  await page.mouse.move(second.x + second.width + 10, second.y + second.height + 20, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await until(() => page.getByRole("textbox", { name: "名称" }).inputValue()).toBe("识别");

  await node(visitor, "识别").click({ button: "right" });
  await page.getByRole("menuitem", { name: /设断点/ }).click();
  await node(visitor, "识别").getByLabel("断点").waitFor();

  const at = await standing(page.locator(".frame-title").first());
  await page.mouse.move(at.x + 60, at.y + 12);
  await page.mouse.down();
  await page.mouse.move(at.x + 60, at.y + 120, { steps: 6 });
  await page.mouse.up();
  await saved(page);
  const moved = await api<{ layout: { positions: { node: string; y?: number }[] } }>("GET", `/v1/flows/${id}`);
  const down = moved.layout.positions.find((p) => p.node === "receive")?.y ?? 0;
  expect(down).toBeGreaterThan(80);
  expect(moved.layout.positions.find((p) => p.node === "trigger")?.y ?? 0).toBe(down);
  expect(moved.layout.positions.find((p) => p.node === "sender")?.y).toBe(240);
  healthy(visitor);
});

test("a file keeps where things stand, out and in again, and what it says of the layout is checked", async () => {
  const id = await small();
  const visitor = await visit(`/flows/${id}/edit?view=source`);
  const { page } = visitor;
  const source = page.getByRole("textbox", { name: "源码" });
  expect(await source.inputValue()).toContain("{node: receive, x: 344}");
  await source.fill((await source.inputValue()).replace("{node: receive, x: 344}", "{node: receive, x: 512}"));
  await until(() => stored(id)).toContain('"x":512');
  await source.fill((await source.inputValue()).replace("{node: receive,", "{knot: receive,"));
  await page.getByText("没有字段 knot").waitFor();
  healthy(visitor);
});

test("two who have a draft open see each other, and each other's nodes", async () => {
  const id = await small();
  const mine = await visit(`/flows/${id}/edit?node=receive`);
  await node(mine, "接收").waitFor();
  const theirs = await visit(`/flows/${id}/edit?node=sender`);
  await theirs.page.getByRole("img", { name: /同时在编辑/ }).waitFor();
  await node(theirs, "接收")
    .getByTitle(/正在编辑/)
    .waitFor();
  const seen = mine.page.getByRole("img", { name: /同时在编辑/ });
  await seen.waitFor();
  // Whoever closes the page is gone with the next look, every five seconds, and not after the twenty that a silent one is waited for.
  healthy(theirs);
  await theirs.page.goto("about:blank");
  await seen.waitFor({ state: "detached", timeout: 9_000 });
  healthy(mine);
});

test("an expression is checked and completed as one types", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "表达式",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "branch", name: "分", conditionBranch: { cases: { cases: [{ port: "yes", when: "true" }] } } },
      ],
      edges: [{ from: "trigger", to: "branch" }],
    },
  });
  const visitor = await visit(`/flows/${id}/edit?node=branch`);
  const { page } = visitor;
  const when = page.getByRole("combobox", { name: /条件/ });
  await when.click();
  await when.fill("");
  await page.keyboard.type("event.mess");
  await page.getByRole("option", { name: /^message/ }).waitFor();
  await page.keyboard.press("Tab");
  expect(await when.inputValue()).toBe("event.message");
  await page.keyboard.type(".text > 3");
  await until(() => when.getAttribute("aria-invalid")).toBe("true");
  // A problem leads back to the field, though its card was closed.
  await page.locator("[data-canvas]").click({ position: { x: 5, y: 5 } });
  await page.getByRole("tab", { name: /^问题/ }).click();
  await page.getByRole("button", { name: /分 · / }).first().click();
  await until(() => when.evaluate((e) => e === document.activeElement)).toBe(true);
  healthy(visitor);
});

test("a pinned output takes the node's place in trials, and a breakpoint holds them", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  const step = page.getByRole("listitem").filter({ hasText: "D4 AI 回复生成" });
  await step.getByRole("button", { name: "固定输出" }).click();
  await step.getByText("使用了固定输出").waitFor();
  await page.goto(`${new URL(page.url()).origin}/flows/unified/edit?node=generate`);
  const output = page.getByRole("textbox", { name: "输出" });
  const value = JSON.parse(await output.inputValue()) as { text: string };
  await output.fill(JSON.stringify({ ...value, text: "固定下来的回复" }));
  await page.getByRole("button", { name: "设断点" }).click();
  await page.getByRole("button", { name: "测试" }).click();
  await page.waitForURL(/simulator/);
  await page.getByRole("log").getByText("固定下来的回复").first().waitFor();
  // What was said is played again with the pin; what is said from here on stops at the breakpoint.
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await box.fill("请问怎么退款");
  await box.press("Enter");
  await page.getByRole("button", { name: "单步" }).waitFor();
  await page.getByRole("button", { name: "继续" }).click();
  await until(() => page.getByRole("log").getByText("固定下来的回复").count()).toBeGreaterThan(1);
  healthy(visitor);
});

test("from afar every wire is drawn, and a frame closes to one box and opens for what is looked for in it", async () => {
  const visitor = await visit("/flows/unified/edit");
  const { page } = visitor;
  await node(visitor, "企业微信群消息回调").waitFor();
  await page.getByRole("button", { name: "适应画布" }).click();
  const wires = page.locator(".react-flow__edge");
  const { definition } = await api<{ definition: { edges: unknown[] } }>("GET", "/v1/flows/unified");
  await until(() => wires.count()).toBe(definition.edges.length);
  const frame = page.locator(".react-flow__node-frame").filter({ hasText: "A 运营" });
  await frame.getByRole("button", { name: "收起分组" }).click();
  await until(() => wires.count()).toBeLessThan(definition.edges.length - 3);
  expect(await node(visitor, "A2 号主响应检测").count()).toBe(0);
  await frame.getByRole("button", { name: "展开分组" }).waitFor();
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Control+f");
  await page.getByRole("searchbox", { name: "查找" }).fill("A2 号主");
  await page.keyboard.press("Enter");
  await node(visitor, "A2 号主响应检测").waitFor();
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByRole("button", { name: "撤销" }).click();
  await saved(page);
  healthy(visitor);
});

test("a node is turned off by a key, is not checked while it is, and runs go past it", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "停用",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "notify", name: "通知", notify: { text: "{nodes.nobody.text}" } },
        { id: "end", name: "结束", analysisTrigger: {} },
      ],
      edges: [
        { from: "trigger", to: "notify" },
        { from: "notify", to: "end" },
      ],
    },
  });
  const visitor = await visit(`/flows/${id}/edit?node=notify`);
  const { page } = visitor;
  await page
    .getByText(/\d+ 个错误/)
    .first()
    .waitFor();
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("e");
  await node(visitor, "通知").getByText("跳过").waitFor();
  await page.getByText("没有问题").first().waitFor();
  await until(() => stored(id)).toContain("NODE_MODE_SKIPPED");
  await page.getByRole("button", { name: "止步" }).click();
  await until(() => stored(id)).toContain("NODE_MODE_BLOCKED");
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByRole("button", { name: "撤销" }).click();
  await page
    .getByText(/\d+ 个错误/)
    .first()
    .waitFor();
  healthy(visitor);
});

test.each([1024, 390])("at %i px the editor has what is done most in its first row", async (width) => {
  const visitor = await visit("/flows/unified/edit", { width, language: "en-US" });
  const { page } = visitor;
  await page.getByTestId("saved").waitFor();
  const middle = async (of: Locator) => {
    const box = await of.boundingBox();
    return box ? box.y + box.height / 2 : Number.NaN;
  };
  const title = await middle(page.getByRole("heading", { level: 1 }));
  for (const name of ["Test", "Publish"])
    expect(Math.abs((await middle(page.getByRole("button", { name, exact: true }))) - title)).toBeLessThan(12);
  const undo = await middle(page.getByRole("button", { name: "Undo", exact: true }));
  for (const name of ["Redo", "Flow settings"])
    expect(Math.abs((await middle(page.getByRole("button", { name, exact: true }).first())) - undo)).toBeLessThan(12);
  expect(undo).toBeGreaterThan(title + 20);
  healthy(visitor);
  await visitor.context.close();
});

test("a canvas that is moved has no transition and looks for nothing below the pointer, and then its wires can be hit again", async () => {
  const id = await small(true);
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const wire = page.locator('.react-flow__edge[data-id^="receive"] .react-flow__edge-path');
  await wire.waitFor({ state: "attached" });
  await page.evaluate(() => {
    const moved: string[] = [];
    document.addEventListener("transitionrun", (e) => moved.push(String((e.target as Element).getAttribute("class"))));
    Object.assign(window, { moved });
  });
  const receive = page.locator('.react-flow__node[data-id="receive"]');
  const before = await standing(receive);
  const pointed = (at: { x: number; y: number }) =>
    page.evaluate(({ x, y }) => document.elementFromPoint(x, y)?.closest("[data-id]")?.getAttribute("data-id"), at);
  const middle = (box: { x: number; y: number; width: number; height: number }) => ({
    x: box.x + box.width / 2,
    y: box.y + box.height / 2,
  });
  expect(await pointed(middle(before))).toBe("receive");
  await page.mouse.move(700, 760);
  await page.mouse.down();
  await page.mouse.move(660, 700, { steps: 6 });
  const during = await standing(receive);
  expect([during.x - before.x, during.y - before.y]).not.toEqual([0, 0]);
  expect(await page.evaluate(() => (window as unknown as { moved: string[] }).moved)).toEqual([]);
  expect(await pointed(middle(during))).toBeUndefined();
  await page.mouse.up();
  const after = await standing(receive);
  expect(await pointed(middle(after))).toBe("receive");
  // A little beside the line, where only the broad strip that is not to be seen takes the pointer.
  const beside = await wire.evaluate((path: SVGPathElement) => {
    const { x, y } = path.getPointAtLength(12);
    const at = new DOMPoint(x, y + 6).matrixTransform(path.getScreenCTM() ?? undefined);
    return { x: at.x, y: at.y };
  });
  await page.mouse.click(beside.x, beside.y);
  await page.locator(".react-flow__edge.selected").waitFor();
  healthy(visitor);
  await visitor.context.close();
});
