import { afterAll, beforeAll, expect, test } from "vitest";
import { closeBrowser, healthy, openBrowser, visit } from "./browser";
import { type Program, startProgram } from "./program";

// A program of its own: this is what somebody finds who has just cloned the repository and run it.
let program: Program;

beforeAll(async () => {
  await openBrowser();
  program = await startProgram("dev");
});
afterAll(async () => {
  await closeBrowser();
  await program.stop();
});

const minute = 60_000;

test("within a minute a newcomer sends a message, sees its way, changes the reply, publishes, sees it and rolls it back", async () => {
  // The program says where to go, and that is the simulator.
  const address = /http\S+\/simulator/.exec(program.printed())?.[0] ?? "";
  expect(address).toBe(`${program.base}/simulator`);
  const begun = Date.now();
  const visitor = await visit("/simulator", {}, program.base);
  const { page } = visitor;
  const chat = page.getByRole("log", { name: "群聊" });

  await page.getByRole("button", { name: "发送这条消息" }).click();
  await chat.getByText(/申请发票/).waitFor();
  await page.getByRole("button", { name: /展开 D4 AI 回复生成/ }).waitFor();

  await page.getByRole("button", { name: "改这句话" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").fill("发票当天就开好，请放心。");
  await dialog.getByRole("button", { name: "写入草稿并重放" }).click();
  await chat.getByText("发票当天就开好，请放心。").waitFor();

  await page.getByRole("button", { name: "发布" }).click();
  await dialog.getByText("D4 AI 回复生成").first().waitFor();
  await dialog.getByRole("button", { name: "发布" }).click();
  await page.getByText(/已发布 v/).waitFor();
  await expect
    .poll(() => page.getByRole("combobox", { name: "版本" }).locator("option:checked").textContent())
    .toMatch(/线上版本 v\d+/);
  await chat.getByText("发票当天就开好，请放心。").waitFor();

  await page.getByRole("link", { name: "版本" }).click();
  await page.getByRole("button", { name: "回滚到这个版本" }).first().click();
  await dialog.getByRole("button", { name: "回滚到这个版本" }).click();
  await page.getByText(/已回滚到 v/).waitFor();
  await page.getByRole("link", { name: "模拟器" }).click();
  await chat.getByText(/申请发票/).waitFor();
  expect(await chat.getByText("发票当天就开好，请放心。").count()).toBe(0);
  expect(Date.now() - begun).toBeLessThan(minute);
  healthy(visitor);
});

test("the overview leads through the first steps, and the demo data goes and comes by one button", async () => {
  const visitor = await visit("/", {}, program.base);
  const { page } = visitor;
  await page.getByRole("link", { name: /在模拟器里发一条消息/ }).click();
  await page.waitForURL("**/simulator");
  await page.goBack();
  await page.getByRole("checkbox", { name: /在模拟器里发一条消息/ }).check();
  await page.getByText("完成 1 / 6").waitFor();

  const demo = page.getByRole("region", { name: "演示数据" });
  await demo.getByRole("button", { name: "移除演示数据" }).click({ timeout: 90_000 });
  const dialog = page.getByRole("dialog");
  await dialog.getByText("群", { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "移除演示数据" }).click();
  await demo.getByRole("button", { name: "载入演示数据" }).waitFor();
  await demo.getByRole("button", { name: "载入演示数据" }).click();
  await demo.getByRole("button", { name: "移除演示数据" }).waitFor({ timeout: 90_000 });
  healthy(visitor);
}, 240_000);

test("the page that connects a robot waits for the first callback, and says what it hears", async () => {
  const visitor = await visit("/robots/connect", {}, program.base);
  const { page } = visitor;
  await page.getByRole("textbox", { name: "名称" }).fill("新机器人");
  await page.getByRole("checkbox", { name: "监控" }).check();
  await page.getByRole("textbox", { name: "平台机器人编号" }).fill("wt-first");
  await page.getByRole("button", { name: "保存并生成回调地址" }).click();
  await page.waitForURL(/robot=/);
  await page.getByText("等待第一次回调").first().waitFor();

  // The platform reports what somebody said, as the command on the page does.
  const id = new URL(page.url()).searchParams.get("robot");
  const robot = (await (await fetch(`${program.base}/v1/robots/${id}`)).json()) as { webhookUris: { message: string } };
  const answer = await fetch(robot.webhookUris.message, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      spoken: "你好，在吗",
      rawSpoken: "你好，在吗",
      receivedName: "李女士",
      groupName: "第一个群",
      roomType: 1,
      atMe: "false",
      textType: 1,
    }),
  });
  expect(answer.ok).toBe(true);
  await page.getByText("你好，在吗").first().waitFor();
  await page.getByText("李女士").first().waitFor();
  healthy(visitor);
});
