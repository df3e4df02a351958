import { afterAll, beforeAll, expect, test } from "vitest";
import { closeBrowser, healthy, openBrowser, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

test("a newcomer sends the first message and sees the reply and its way through the flow", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  const chat = page.getByRole("log", { name: "群聊" });
  await chat.getByText("白班小助手").or(chat.getByText("晚班小助手")).first().waitFor();
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

test("all shipped scenarios pass on the live flow, and a conversation becomes a test case", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page.getByRole("log").getByText("发票").first().waitFor();
  await page.getByRole("button", { name: "测试用例" }).click();
  await page.getByRole("textbox", { name: "把当前对话保存为用例" }).fill("发票");
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByText("已保存为测试用例").waitFor();
  await page.getByRole("button", { name: "全部运行" }).click();
  await page.getByText("13 / 13 通过").waitFor({ timeout: 60_000 });
  healthy(visitor);
});
