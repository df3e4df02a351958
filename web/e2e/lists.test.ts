import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, say, visit } from "./browser";

beforeAll(async () => {
  await openBrowser();
  await say("华东客户群", "小王", "请问实名认证需要多久？");
});
afterAll(closeBrowser);

const rows = (page: Page) => page.getByRole("table").getByRole("row");

test("a number above the list limits it to what it counts, and lets go when pressed again", async () => {
  const visitor = await visit("/commands");
  const { page } = visitor;
  const done = page.getByRole("group", { name: /数量/ }).getByRole("button", { name: /成功/ });
  await done.click();
  await page.waitForURL(/state=\d+/);
  await expect.poll(() => done.getAttribute("aria-pressed")).toBe("true");
  await rows(page).nth(1).waitFor();
  await expect
    .poll(async () => (await rows(page).count()) - 1)
    .toBe(await page.getByRole("cell", { name: /成功/ }).count());
  await done.click();
  await page.waitForURL((url) => !url.search.includes("state="));
  healthy(visitor);
  await visitor.context.close();
});

test("filters are kept under a name, and columns and row height as the reader wants them", async () => {
  const visitor = await visit("/alerts?state=all");
  const { page } = visitor;
  await page.getByRole("columnheader", { name: "类别" }).waitFor();
  await page.getByRole("button", { name: "视图" }).click();
  await page.getByRole("textbox", { name: "视图名称" }).fill("全部告警");
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByRole("button", { name: "全部告警", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "列", exact: true }).click();
  await page.getByRole("checkbox", { name: "类别" }).uncheck();
  const high = (await rows(page).nth(1).boundingBox())?.height ?? 0;
  await page.getByRole("checkbox", { name: "紧凑行高" }).check();
  await expect.poll(async () => (await rows(page).nth(1).boundingBox())?.height ?? 0).toBeLessThan(high);
  await page.getByRole("columnheader", { name: "类别" }).waitFor({ state: "detached" });
  const kept = async () =>
    (
      await api<{ listLooks?: { list: string; hidden?: string[]; dense?: boolean }[] }>("GET", "/v1/access/listLooks")
    ).listLooks?.find((look) => look.list === "alerts");
  await expect
    .poll(async () => [(await kept())?.hidden, (await kept())?.dense], { timeout: 15_000 })
    .toEqual([["category"], true]);
  healthy(visitor);
  await visitor.context.close();

  // Another day, another machine.
  const later = await visit("/alerts");
  await elsewhere(later.page);
  healthy(later);
  await later.context.close();
});

/** elsewhere finds the view and the columns of the test before, and leaves the list as it was. */
async function elsewhere(page: Page) {
  await page.getByRole("columnheader", { name: "级别" }).waitFor();
  await page.getByRole("columnheader", { name: "类别" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "视图" }).click();
  await page.getByRole("button", { name: "全部告警", exact: true }).click();
  await page.waitForURL(/state=all/);
  await page.getByRole("button", { name: "视图" }).click();
  await page.getByRole("button", { name: "删除视图 全部告警" }).click();
  await page.getByText("把现在的筛选存成视图").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "列", exact: true }).click();
  await page.getByRole("checkbox", { name: "类别" }).check();
  await page.getByRole("checkbox", { name: "紧凑行高" }).uncheck();
  await page.getByRole("columnheader", { name: "类别" }).waitFor();
}

test("a row opens beside the list, with a key held down on a page of its own, and back is where one was", async () => {
  const visitor = await visit("/instances", { height: 500 });
  const { page, context } = visitor;
  await rows(page).nth(20).waitFor();
  const opened = context.waitForEvent("page");
  await rows(page)
    .nth(1)
    .getByRole("link")
    .first()
    .click({ modifiers: ["Control"] });
  const other = await opened;
  await other.waitForURL(/\/instances\/.+/);
  await other.close();
  // What is behind another page draws nothing, and tells of no scrolling.
  await page.bringToFront();
  expect(new URL(page.url()).pathname).toBe("/instances");

  const main = page.locator("main");
  await rows(page).nth(18).scrollIntoViewIfNeeded();
  await expect.poll(() => main.evaluate((element) => element.scrollTop)).toBeGreaterThan(100);
  const down = await main.evaluate((element) => element.scrollTop);
  await rows(page).nth(18).getByRole("link").first().click();
  await page.waitForURL(/\/instances\/.+/);
  await page.goBack();
  await rows(page).nth(18).waitFor();
  await expect.poll(() => main.evaluate((element) => element.scrollTop)).toBe(down);

  await page.goto(page.url().replace("/instances", "/alerts?state=all"));
  await rows(page).nth(1).getByRole("link").first().click();
  await page.getByRole("dialog").waitFor();
  await page.waitForURL(/open=/);
  healthy(visitor);
  await context.close();
});

test("a phone opens on the tasks, has rows as cards, and reaches every screen", async () => {
  const visitor = await visit("/", { width: 390 });
  const { page } = visitor;
  await page.waitForURL(/\/tasks$/);
  const bar = page.getByRole("navigation", { name: "主导航" });
  await bar.getByRole("link", { name: "总览" }).click();
  await page.getByRole("heading", { name: "此刻" }).waitFor();
  for (const [name, path] of [
    ["流程", "/flows"],
    ["指令队列", "/commands"],
    ["审计记录", "/audit"],
  ] as const) {
    await bar.getByRole("button", { name: "更多" }).click();
    await page.getByRole("menuitem", { name, exact: true }).click();
    await page.waitForURL(`**${path}`);
  }
  await page.goto(page.url().replace("/audit", "/commands"));
  const list = page.getByRole("region", { name: "指令队列" });
  await list.waitFor();
  expect(await list.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
  healthy(visitor);
  await visitor.context.close();
});

test("figures hear of a message, and a stream that breaks off is taken up again", async () => {
  const visitor = await visit("/robots");
  const { page, errors } = visitor;
  let tries = 0;
  await page.route("**/flowdesk.v1.SessionService/WatchSessions", (route) =>
    ++tries <= 2 ? route.abort() : route.continue(),
  );
  await page.goto(page.url().replace("/robots", "/analytics"));
  await page.getByRole("button", { name: "暂停实时更新" }).waitFor();
  await expect.poll(() => tries, { timeout: 20_000 }).toBeGreaterThan(2);
  await expect.poll(() => page.getByRole("button", { name: "暂停实时更新" }).textContent()).toContain("●实时");
  // This screen never asks by itself.
  const asked = page.waitForRequest(/AnalyticsService\/QuerySeries/);
  await say("华东客户群", "小王", "请问发票在哪里开？");
  await asked;
  expect(errors.filter((e) => !e.includes("net::ERR_FAILED"))).toEqual([]);
  await visitor.context.close();
});

test("a chart gives the figures on screen as a file, and the range that was chosen last stays", async () => {
  const visitor = await visit("/analytics?by=group");
  const { page } = visitor;
  await page.getByRole("combobox", { name: "时间范围" }).selectOption("month");
  await page.waitForURL(/range=month/);
  await page.getByRole("button", { name: "导出 CSV：任务完成" }).click();
  const saved = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "图中的数字" }).click();
  const file = readFileSync(await (await saved).path(), "utf8");
  expect(file.startsWith("\uFEFF群,任务数,完成率,")).toBe(true);
  expect(file.trim().split("\r\n").at(-1)).toMatch(/^合计,\d+,/);
  await page.goto(page.url().replace(/\?.*/, ""));
  expect(await page.getByRole("combobox", { name: "时间范围" }).inputValue()).toBe("month");
  healthy(visitor);
  await visitor.context.close();
});

test("versions open on what the newest one changed", async () => {
  const visitor = await visit("/flows/unified/versions");
  const { page } = visitor;
  await expect.poll(() => page.getByRole("combobox", { name: "到" }).inputValue()).toMatch(/^[2-9]|\d\d/);
  const to = Number(await page.getByRole("combobox", { name: "到" }).inputValue());
  expect(await page.getByRole("combobox", { name: "从" }).inputValue()).toBe(String(to - 1));
  await page.getByText(/个节点、.*条连线有改动|两个版本相同/).waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("who reads further up in a chat stays there, and is told of what came meanwhile", async () => {
  const visitor = await visit("/sessions?q=华东客户群", { height: 420 });
  const { page } = visitor;
  await page.locator("main a[href^='/sessions/']").first().click();
  const log = page.getByRole("log");
  const place = () => log.evaluate((element) => element.scrollTop);
  const last = "请问可以换绑手机号吗？";
  const question = (number: number) => `第 ${number} 个问题：发票抬头怎么改？`;
  // Robots quote what was said, also in what they are about to say: the line itself says nothing else.
  const line = (text: string) => log.getByText(text, { exact: true });
  // A chat that is long enough to scroll in.
  for (let i = 1; i <= 6; i++) await say("华东客户群", "小王", question(i));
  await line(question(6)).waitFor();
  await expect.poll(place).toBeGreaterThan(100);
  // An answer that comes at this moment leads back to the end, as it should: the reader goes up once more.
  await expect
    .poll(async () => {
      await log.evaluate((element) => element.scrollTo(0, 0));
      await page.waitForTimeout(100);
      return place();
    })
    .toBe(0);
  await say("华东客户群", "小王", last);
  await page.getByRole("button", { name: "有新消息" }).click();
  await line(last).waitFor();
  await expect.poll(place).toBeGreaterThan(100);
  healthy(visitor);
  await visitor.context.close();
});
