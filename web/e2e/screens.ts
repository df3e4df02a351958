import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api, closeBrowser, healthy, type Look, openBrowser, say, visit } from "./browser";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.PICTURES;

const screens = [
  "/",
  "/?range=today",
  "/sessions",
  "/tasks",
  "/alerts",
  "/flows",
  "/flows/unified/edit",
  "/flows/unified/versions",
  "/instances",
  "/commands",
  "/simulator",
  "/robots",
  "/groups",
  "/people",
  "/analytics",
  "/ai",
  "/settings",
  "/settings/members",
  "/settings/keys",
  "/settings/secrets",
  "/audit",
  "/events",
  "/wall",
];
/** everyScreenLooksGood visits every screen in some looks: it fits, nothing is wrong in it, and everybody can use it. */
export function everyScreenLooksGood(looks: (Look & { name: string })[]): void {
  beforeAll(prepare);
  afterAll(closeBrowser);
  describe.each(looks)("$name", (look) => {
    test.each(screens)("%s", (path) => looksGood(path, look));
  });
}

async function prepare() {
  await openBrowser();
  await say("华东客户群", "小王", "请问实名认证需要多久？");
  await say("华东客户群", "小王", "你们怎么回事，三天了还没处理，我要投诉");
  for (let i = 0; i < 100 && !JSON.stringify(await api("GET", "/v1/alerts")).includes("投诉"); i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  if (pictures) mkdirSync(pictures, { recursive: true });
}

interface AxeResult {
  violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

async function looksGood(path: string, look: Look & { name: string }) {
  const visitor = await visit(path, look);
  const { page, context } = visitor;
  await page.waitForLoadState("load");
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForTimeout(600);
  expect(await page.locator("html").getAttribute("lang")).toBe(look.language === "en-US" ? "en" : "zh-CN");
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, "the page must not scroll sideways").toBeLessThanOrEqual(0);
  if (pictures)
    await page.screenshot({
      path: `${pictures}/${path.replaceAll("/", "_").slice(1) || "overview"}-${look.name}.png`,
    });
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as AxeResult;
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  healthy(visitor);
  await context.close();
}
