import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closeBrowser, healthy, type Look, openBrowser, visit } from "./browser";
import { type Program, startProgram } from "./program";

// The pictures of README and guide: `make pictures` says where they go. The clocks of server and browser stand still on a Friday afternoon,
// and the demo data is the same every time, so that a picture changes only when the console does.
const folder = process.env.DOC_PICTURES;
const now = "2026-03-06T14:30:00+08:00";

let program: Program;

const chat = (page: Page) => page.getByRole("log").first();

/** first sends the newcomer's message and waits for the reply. */
async function first(page: Page) {
  await page.getByRole("button", { name: /发送这条消息|Send this message/ }).click();
  await chat(page)
    .getByText(/申请发票/)
    .waitFor();
}

interface Picture {
  name: string;
  path: string;
  look?: Look;
  /** What is done before the picture is taken. */
  before?: (page: Page) => Promise<void>;
}

const members = [
  ["boss", "王主管", "ACCESS_ROLE_ADMIN"],
  ["ruby", "李流程", "ACCESS_ROLE_EDITOR"],
  ["mei", "售后阿梅", "ACCESS_ROLE_ATTENDANT"],
  ["guest", "财务查看", "ACCESS_ROLE_VIEWER"],
] as const;

const english: Look = { language: "en-US" };
const phone: Look = { width: 390, height: 844 };

const pictures: Picture[] = [
  { name: "simulator", path: "/simulator", before: first },
  { name: "simulator.en", path: "/simulator", look: english, before: first },
  {
    name: "simulator-night",
    path: "/simulator",
    before: async (page) => {
      await page.getByRole("button", { name: "02:00" }).click();
      const box = page.getByRole("textbox", { name: /身份说话/ });
      await box.fill("三天了没人管，我要投诉");
      await box.press("Enter");
      await chat(page)
        .getByText(/深夜高优先级/)
        .first()
        .waitFor();
      await chat(page).getByRole("button", { name: "为什么", exact: true }).first().click();
      await page.getByRole("tabpanel", { name: "为什么" }).locator("mark").first().waitFor();
    },
  },
  {
    name: "simulator-reword",
    path: "/simulator",
    before: async (page) => {
      await first(page);
      await page.getByRole("button", { name: "改这句话" }).click();
      await page.getByRole("dialog").getByRole("textbox").fill("发票当天就开好，请放心。");
    },
  },
  {
    name: "simulator-tests",
    path: "/simulator",
    before: async (page) => {
      await page.getByRole("button", { name: "测试用例" }).click();
      await page.getByRole("button", { name: "全部运行" }).click();
      await page.getByText("12 / 12 通过").waitFor({ timeout: 60_000 });
      // How long each took is the one thing that differs from time to time.
      for (const took of await page.getByText(/^\d+ (毫)?秒$/).all())
        await took.evaluate((element) => element.setAttribute("style", "visibility: hidden"));
    },
  },
  { name: "overview", path: "/" },
  { name: "overview.en", path: "/", look: english },
  { name: "editor", path: "/flows/unified/edit?node=delay" },
  { name: "editor.en", path: "/flows/unified/edit?node=delay", look: english },
  { name: "versions", path: "/flows/unified/versions?from=1&to=2" },
  { name: "sessions", path: "/sessions", before: (page) => page.locator("main a[href^='/sessions/']").first().click() },
  { name: "tasks", path: "/tasks" },
  { name: "tasks.phone", path: "/tasks", look: phone },
  { name: "alerts", path: "/alerts" },
  { name: "wall", path: "/wall", look: { scheme: "dark" } },
  {
    name: "instance",
    path: "/instances",
    before: async (page) => {
      await page.getByRole("table").getByRole("link").first().click();
      await page.locator("[data-canvas], .react-flow").first().waitFor();
    },
  },
  { name: "commands", path: "/commands" },
  { name: "robots", path: "/robots" },
  { name: "connect", path: "/robots/connect" },
  { name: "groups", path: "/groups" },
  { name: "analytics", path: "/analytics" },
  { name: "settings", path: "/settings" },
  { name: "members", path: "/settings/members" },
  {
    name: "ai",
    path: "/ai",
    before: async (page) => {
      await page.getByRole("button", { name: /我要投诉/ }).click();
      await page.locator("mark").first().waitFor();
    },
  },
];

describe.skipIf(!folder)("pictures", () => {
  beforeAll(async () => {
    await openBrowser();
    program = await startProgram("dev", "--now", now);
    const until = Date.now() + 120_000;
    for (;;) {
      const demo = (await (await fetch(`${program.base}/v1/demo`)).json()) as { state: string };
      if (demo.state === "DEMO_STATE_FILLED") break;
      if (Date.now() > until) throw new Error(`the demo data did not come: ${JSON.stringify(demo)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    for (const [id, title, role] of members) {
      const answer = await fetch(`${program.base}/v1/users`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ userId: id, user: { title, role }, password: `a password of ${id}` }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    }
    mkdirSync(folder ?? "", { recursive: true });
  }, 180_000);
  afterAll(async () => {
    await closeBrowser();
    await program.stop();
  });

  test.each(pictures)("$name", async ({ name, path, look, before }) => {
    const visitor = await visit(path, { width: 1360, height: 850, now, ...look }, program.base);
    const { page, context } = visitor;
    await page.locator("h1").first().waitFor({ state: "attached" });
    // A page that listens to changes is never idle.
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
    await before?.(page);
    // What moves into its place has moved, and nothing blinks in a field.
    await page.addStyleTag({ content: "* { caret-color: transparent !important; }" });
    await page.mouse.move(0, 0);
    await page.waitForTimeout(1200);
    const session = await context.newCDPSession(page);
    const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 82 });
    const picture = Buffer.from(data, "base64");
    expect(picture.length).toBeGreaterThan(4_000);
    expect(picture.length, "a picture of this size belongs into no repository").toBeLessThan(300_000);
    writeFileSync(join(folder ?? "", `${name}.webp`), picture);
    healthy(visitor);
    // Readers leave before the next one comes: whoever still had a draft open would stand in the next picture of it.
    await page.goto("about:blank");
    await context.close();
  });
});
