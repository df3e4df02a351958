import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

const until: typeof expect.poll = (read, options) => expect.poll(read, { timeout: 30_000, ...options });
const stored = async (id: string) => JSON.stringify(await api("GET", `/v1/flows/${id}`));

// The flow as it is shipped, under another id: nobody else edits it.
async function copy(title: string): Promise<string> {
  const { definition, layout } = await api<{ definition: object; layout: object }>(
    "GET",
    "/v1/flows/unified/versions/1",
  );
  const { id } = await api<{ id: string }>("POST", "/v1/flows", { definition: { ...definition, title }, layout });
  return id;
}

const tab = (page: Page, name: string) => page.getByRole("tab", { name });

test("the draft on screen is tried below it: the canvas lights up, a change is played again, and every value can be read", async () => {
  const id = await copy("试跑");
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  await tab(page, "试跑").click();
  await page.getByRole("tabpanel", { name: "试跑" }).getByRole("button", { name: "转人工" }).click();
  const chat = page.getByRole("log", { name: "群聊" });
  await chat.getByText(/已为您转接人工/).waitFor();
  await page.locator(".react-flow__node-flow").filter({ hasText: "接收" }).first().getByLabel("已完成").waitFor();

  // What a node gives, by the expression that reads it.
  await page.getByRole("button", { name: /^2 发送者身份识别/ }).click();
  await tab(page, "变量").click();
  const values = page.getByRole("tabpanel", { name: "变量" });
  await values.getByRole("searchbox").fill("nodes.receive.");
  await values
    .getByRole("button", { name: /复制表达式 nodes\.receive\./ })
    .first()
    .waitFor();
  await tab(page, "试跑").click();

  // Said again up to a node, and on from there; nobody has said anything before the turn goes on.
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Alt+r");
  await page.getByText("停在「2 发送者身份识别」之前").waitFor();
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("F10");
  await page.getByText(/停在「2.5 .*」之前/).waitFor();
  await page.getByRole("button", { name: "继续" }).click();
  await chat.getByText(/已为您转接人工/).waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("a changed text is said at once in the trial, before it is saved or published", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "改一句",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", messageReceive: {} },
        { id: "sender", senderIdentify: {} },
        { id: "intent", intentRecognize: {} },
        {
          id: "write",
          name: "写回复",
          aiReplyGenerate: { answers: [{ questions: ["请问发票怎么开"], text: "请稍等。" }] },
        },
        { id: "send", robotCommandSend: { sendTime: "now", priority: "2" } },
        { id: "end", analysisTrigger: {} },
      ],
      edges: [
        { from: "trigger", to: "receive" },
        { from: "receive", to: "sender" },
        { from: "sender", to: "intent" },
        { from: "intent", to: "write" },
        { from: "write", to: "send" },
        { from: "write", port: "failed", to: "end" },
        { from: "send", to: "end" },
      ],
    },
  });
  const visitor = await visit(`/flows/${id}/edit?node=write`);
  const { page } = visitor;
  await tab(page, "试跑").click();
  await page.getByRole("button", { name: "你好，请问发票怎么开？" }).click();
  const chat = page.getByRole("log", { name: "群聊" });
  await chat.getByText("请稍等。").waitFor();
  const text = page.locator("#inspector").getByLabel("回复文案");
  // The card of the only answer may stand open already.
  const card = page.locator("#inspector button[aria-expanded]").filter({ hasText: "请问发票怎么开" });
  if ((await card.getAttribute("aria-expanded")) === "false") await card.click();
  await text.fill("发票已经开好。");
  await chat.getByText("发票已经开好。").waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("a draft is kept under a name, and comes back to it as a step that can be undone", async () => {
  const id = await copy("检查点流程");
  const visitor = await visit(`/flows/${id}/edit?node=receive`);
  const { page } = visitor;
  const name = page.locator("#inspector").getByRole("textbox", { name: "名称" });
  await name.waitFor();
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Control+s");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "名称" }).fill("改名之前");
  await page.keyboard.press("Enter");
  await page.getByText("已保存检查点「改名之前」").waitFor();
  const before = await name.inputValue();
  await name.fill("改过的接收");
  await until(() => stored(id)).toContain("改过的接收");
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Control+s");
  await dialog
    .getByRole("listitem")
    .filter({ hasText: "改名之前" })
    .getByRole("button", { name: "恢复到这里" })
    .click();
  await until(() => name.inputValue()).toBe(before);
  await until(() => stored(id)).not.toContain("改过的接收");
  await page.getByRole("button", { name: "撤销" }).first().click();
  await until(() => name.inputValue()).toBe("改过的接收");
  healthy(visitor);
  await visitor.context.close();
});

test("a file is looked at before it replaces the draft, and one that cannot be read says where", async () => {
  const id = await copy("导入流程");
  const folder = mkdtempSync(join(tmpdir(), "flowdesk-import-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.getByRole("tab", { name: /^问题/ }).waitFor();
  await page.locator("input[type=file]").setInputFiles(file("bad.yaml", "title: x\nnodes:\n  - id: a\n    knot: {}\n"));
  await dialog.getByText(/knot/).first().waitFor();
  expect(await dialog.getByRole("button", { name: "导入" }).count()).toBe(0);
  await dialog.getByRole("button", { name: "取消" }).click();

  const good = "title: 只有一步\nnodes:\n  - id: trigger\n    trigger_webhook: {}\n";
  await page.locator("input[type=file]").setInputFiles(file("good.yaml", good));
  await dialog.getByText(/删除 \d+ 个/).waitFor();
  expect(await stored(id)).toContain("导入流程");
  await dialog.getByRole("button", { name: "导入" }).click();
  await until(() => stored(id)).toContain("只有一步");
  await page.getByRole("button", { name: "撤销" }).first().click();
  await until(() => stored(id)).toContain("导入流程");
  rmSync(folder, { recursive: true });
  healthy(visitor);
  await visitor.context.close();
});

test("where there is little room the flow's settings open by a button", async () => {
  const visitor = await visit("/flows/unified/edit", { width: 1024 });
  const { page } = visitor;
  const panel = page.getByRole("complementary", { name: "属性" });
  expect(await panel.isVisible()).toBe(false);
  await page.getByRole("button", { name: "流程设置" }).click();
  await panel.getByText("每条消息最多回复数").waitFor();
  await panel.getByRole("button", { name: "关闭" }).click();
  await until(() => panel.isVisible()).toBe(false);
  healthy(visitor);
  await visitor.context.close();
});

test("from afar a wire is drawn from a port that comes with the pointer", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "从远处连线",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", name: "接收", messageReceive: {} },
      ],
    },
    layout: {
      positions: [
        { node: "trigger", x: 0, y: 0 },
        { node: "receive", x: 500, y: 200 },
      ],
    },
  });
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const node = (name: string) => page.locator(`.react-flow__node[data-id=${name}]`);
  await node("receive").waitFor();
  await page.locator("[data-canvas]").focus();
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press("-");
    await page.waitForTimeout(200);
  }
  await node("trigger").hover();
  const from = await node("trigger").locator(".react-flow__handle.source").boundingBox();
  const to = await node("receive").boundingBox();
  if (!from || !to) throw new Error("nothing to take hold of");
  expect(from.width).toBeGreaterThan(10);
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 6 });
  await page.mouse.up();
  await until(() => stored(id)).toContain('"to":"receive"');
  healthy(visitor);
  await visitor.context.close();
});

test("a flow with pinned outputs of which nothing is live offers its draft to try", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "没有线上版本",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", messageReceive: {} },
        { id: "sender", humanHandoff: {} },
      ],
      edges: [
        { from: "trigger", to: "receive" },
        { from: "receive", to: "sender" },
      ],
    },
  });
  const visitor = await visit("/flows");
  const { page } = visitor;
  await page.evaluate((flow) => {
    const pin = {
      node: "sender",
      port: "out",
      output: { "@type": "type.googleapis.com/flowdesk.v1.HumanHandoffOutput" },
    };
    localStorage.setItem(`flowdesk.trial.${flow}`, JSON.stringify({ pins: [pin], breakpoints: [] }));
  }, id);
  await page.goto(`${new URL(page.url()).origin}/simulator?flow=${id}`);
  await page.getByRole("button", { name: "用草稿模拟" }).click();
  await page.getByRole("textbox", { name: /身份说话/ }).waitFor();
});
