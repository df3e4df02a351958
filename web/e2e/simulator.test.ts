import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, server, visit } from "./browser";
import { binary } from "./program";

beforeAll(openBrowser);
afterAll(closeBrowser);

test("a newcomer sends the first message and sees the reply and its way through the flow", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  const chat = page.getByRole("log", { name: "群聊" });
  await chat.getByText("白班小助手").or(chat.getByText("晚班小助手")).first().waitFor();
  await chat.getByText(/申请发票/).waitFor();
  await page.getByRole("tab", { name: "经过的节点" }).waitFor();
  expect(await page.getByRole("button", { name: /意图识别|AI 回复决策/ }).count()).toBeGreaterThan(0);
  healthy(visitor);
});

test("at 02:00 a complaint raises a critical alert and the reply waits for five to ten minutes", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "02:00" }).click();
  await expect.poll(() => page.getByTestId("clock").textContent()).toContain("02:00:00");
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await box.fill("三天了没人管，我要投诉");
  await box.press("Enter");
  await page
    .getByText(/深夜高优先级/)
    .first()
    .waitFor();
  await page.getByRole("tab", { name: /告警 1/ }).click();
  await page.getByText("严重").first().waitFor();
  healthy(visitor);
});

test("Enter while an input method composes never sends", async () => {
  const visitor = await visit("/simulator");
  const { page, context } = visitor;
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await box.click();
  const session = await context.newCDPSession(page);
  await session.send("Input.imeSetComposition", { text: "ce shi", selectionStart: 6, selectionEnd: 6 });
  await page.keyboard.press("Enter");
  await session.send("Input.insertText", { text: "测试一下" });
  expect(await page.getByRole("log").getByText("测试一下").count()).toBe(0);
  await expect.poll(() => box.inputValue()).toContain("测试一下");
  await page.waitForTimeout(50);
  await page.keyboard.press("Enter");
  await page.getByRole("log").getByText("测试一下").first().waitFor();
  healthy(visitor);
});

test("stepping holds the flow ahead of each node and shows its values", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "逐节点调试" }).click();
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await box.fill("请问怎么退款");
  await box.press("Enter");
  const step = page.getByRole("button", { name: "单步" });
  await step.click();
  await page.getByRole("button", { name: /展开 企业微信群消息回调/ }).click();
  await page.getByText("输出").first().waitFor();
  await page.getByRole("button", { name: "继续" }).click();
  healthy(visitor);
});

test("one goes back to an earlier message, says something else, and goes back by the list of steps", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  const chat = page.getByRole("log", { name: "群聊" });
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await chat.getByText(/申请发票/).waitFor();
  await box.fill("转人工");
  await box.press("Enter");
  await chat.getByText(/已为您转接人工/).waitFor();

  const said = chat.getByRole("listitem").filter({ hasText: "转人工" }).first();
  await said.getByRole("button", { name: "从这里重来" }).click();
  await expect.poll(() => box.inputValue()).toBe("转人工");
  expect(await chat.getByText(/已为您转接人工/).count()).toBe(0);
  await chat.getByText(/申请发票/).waitFor();
  await box.fill("谢谢");
  await box.press("Enter");
  await chat.getByText("谢谢", { exact: true }).waitFor();

  // The up arrow brings back what was said.
  await expect.poll(() => box.inputValue()).toBe("");
  await box.press("ArrowUp");
  await expect.poll(() => box.inputValue()).toBe("谢谢");
  await box.fill("");

  await page.getByRole("tab", { name: "步骤" }).click();
  await page.getByRole("button", { name: "退回到第 1 步之后" }).click();
  await expect.poll(() => chat.getByText("谢谢", { exact: true }).count()).toBe(0);
  await chat.getByText("你好，请问发票怎么开？").waitFor();
  healthy(visitor);
});

test("why nothing happened is said below the line, and rule by rule beside it", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  const chat = page.getByRole("log", { name: "群聊" });
  const box = page.getByRole("textbox", { name: /身份说话/ });
  await box.fill("转人工");
  await box.press("Enter");
  await chat.getByText(/已为您转接人工/).waitFor();
  await box.fill("还在吗");
  await box.press("Enter");
  const line = chat.getByRole("listitem").filter({ hasText: "还在吗" });
  await line.getByText(/机器人暂停至/).waitFor();
  await line.getByRole("button", { name: "为什么" }).click();
  await page
    .getByRole("tabpanel", { name: "为什么" })
    .getByText(/机器人暂停至/)
    .first()
    .waitFor();
  await page.getByRole("tabpanel", { name: "为什么" }).getByLabel("拦下").first().waitFor();
  healthy(visitor);
});

test("the clock runs sixty and 3,600 times as fast, and stands still again", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  const clock = page.getByTestId("clock");
  await expect.poll(() => clock.textContent()).toContain("10:00:00");
  const patient = { timeout: 30_000 };
  await page.getByRole("button", { name: "3600 倍速" }).click();
  await expect.poll(() => clock.textContent(), patient).toMatch(/(1[1-9]|2[0-3]|0\d):00:00/);
  await page.getByRole("button", { name: "暂停时钟" }).click();
  await expect.poll(() => page.getByRole("button", { name: "重来", exact: true }).isEnabled()).toBe(true);
  const stood = await clock.textContent();
  await page.waitForTimeout(1500);
  expect(await clock.textContent()).toBe(stood);
  await page.getByRole("button", { name: "60 倍速", exact: true }).click();
  await expect.poll(() => clock.textContent(), patient).toMatch(/:(0[1-9]|[1-5]\d):00/);
  await page.getByRole("button", { name: "暂停时钟" }).click();
  // However long it ran, it is one step.
  await page.getByRole("tab", { name: "步骤" }).click();
  await expect.poll(() => page.getByRole("tabpanel", { name: "步骤" }).getByRole("listitem").count()).toBe(1);
  healthy(visitor);
});

test("the reader writes what a model answers, and the message is said again", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "问模型",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", messageReceive: {} },
        { id: "sender", senderIdentify: {} },
        { id: "intent", intentRecognize: {} },
        { id: "write", name: "模型回复", aiReplyGenerate: { model: "reply" } },
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
  const visitor = await visit(`/simulator?flow=${id}&version=draft`);
  const { page } = visitor;
  const chat = page.getByRole("log", { name: "群聊" });
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page.getByRole("tab", { name: "外部调用 1" }).click();
  await page
    .getByRole("tabpanel", { name: /外部调用/ })
    .getByText("没有回答", { exact: true })
    .waitFor();
  await page.getByRole("listitem").filter({ hasText: "模型回复" }).getByRole("button", { name: "写下回答" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "回答内容" }).fill("模型说：请联系财务。");
  await dialog.getByRole("button", { name: "写下回答" }).click();
  await chat.getByText("模型说：请联系财务。").waitFor();
  await page.getByText("按你写的回答").first().waitFor();
  expect(await chat.getByText("你好，请问发票怎么开？").count()).toBe(1);
  healthy(visitor);
});

test("a burst fills twenty groups, each of which can be looked at alone", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "群发" }).click();
  await page.getByRole("dialog").getByRole("spinbutton", { name: "消息数" }).fill("60");
  await page.getByRole("button", { name: "向 20 个群发 60 条" }).click();
  const groups = page.getByRole("combobox", { name: "群", exact: true });
  await expect.poll(() => groups.getByRole("option").count(), { timeout: 30_000 }).toBe(24);
  await groups.selectOption({ label: "客户群 7" });
  await expect.poll(() => page.getByRole("log").getByText("用户7", { exact: true }).count()).toBe(1);
  healthy(visitor);
});

test("each of the twelve scenarios plays by one click", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  const { scenarios } = await api<{ scenarios: { title: { zh: string } }[] }>("GET", "/v1/scenarios");
  expect(scenarios).toHaveLength(12);
  const chat = page.getByRole("log", { name: "群聊" });
  for (const { title } of scenarios) {
    await page.getByRole("button", { name: "重来", exact: true }).click();
    await chat.getByRole("button", { name: title.zh }).click();
    await expect.poll(() => chat.locator("ol > li").count(), { timeout: 30_000 }).toBeGreaterThan(0);
    await expect
      .poll(() => page.getByRole("button", { name: "重来", exact: true }).isEnabled(), { timeout: 30_000 })
      .toBe(true);
  }
  healthy(visitor);
});

test("a conversation becomes a test case whose expectations the reader loosens, on the page and by the command line", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page
    .getByRole("log")
    .getByText(/申请发票/)
    .waitFor();
  await page.getByRole("button", { name: "测试用例" }).click();
  await page.getByRole("button", { name: "把当前对话保存为用例" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "用例名称" }).fill("发票怎么开");
  await dialog.getByRole("checkbox", { name: /^经过/ }).first().uncheck();
  await dialog.getByRole("combobox", { name: "期望" }).selectOption({ label: "包含" });
  await dialog.getByRole("textbox", { name: "包含" }).fill("申请发票");
  await dialog.getByRole("button", { name: "保存用例" }).click();
  await page.getByText("已保存为测试用例").waitFor();
  await page.getByRole("button", { name: "全部运行" }).click();
  await page.getByText("13 / 13 通过").waitFor({ timeout: 60_000 });

  const { testCases } = await api<{ testCases: { name: string; steps: { expect?: object[] }[] }[] }>(
    "GET",
    "/v1/flows/unified/testCases",
  );
  const kept = testCases[0];
  if (!kept) throw new Error("nothing was kept");
  expect(JSON.stringify(kept.steps)).toContain('"contains":["申请发票"]');
  expect(JSON.stringify(kept.steps)).not.toContain('"path"');

  const folder = mkdtempSync(join(tmpdir(), "flowdesk-junit-"));
  const sim = (...args: string[]) =>
    spawnSync(binary, ["sim", "run", "--server", server().grpc, "-f", "flows/unified", ...args], { encoding: "utf8" });
  const report = join(folder, "report.xml");
  const good = sim("--junit", report);
  expect(good.status, good.stderr + good.stdout).toBe(0);
  expect(readFileSync(report, "utf8")).toContain('failures="0"');

  // What the case expects, the flow does not say any more: the page and the command line both tell what there was.
  await api("PUT", `/v1/${kept.name}`, {
    ...kept,
    steps: kept.steps.map((s) => JSON.parse(JSON.stringify(s).replace('"申请发票"', '"申请退款"'))),
  });
  const bad = sim("--junit", report);
  expect(bad.status).not.toBe(0);
  expect(readFileSync(report, "utf8")).toContain("申请退款");
  await page.getByRole("button", { name: "运行 发票怎么开" }).click();
  await page.getByText("未通过").waitFor();
  await page.getByRole("definition").filter({ hasText: "申请退款" }).waitFor();

  await page.getByRole("button", { name: "删除" }).click();
  await page.getByText(/已删除/).waitFor();
  rmSync(folder, { recursive: true });
  healthy(visitor);
});
