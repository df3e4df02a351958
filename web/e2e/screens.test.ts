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
const looks: (Look & { name: string })[] = [
  { name: "zh-light-1440", language: "zh-CN", scheme: "light", width: 1440 },
  { name: "en-dark-1024", language: "en-US", scheme: "dark", width: 1024 },
  { name: "zh-dark-390", language: "zh-CN", scheme: "dark", width: 390 },
  { name: "en-light-390", language: "en-US", scheme: "light", width: 390 },
];

beforeAll(async () => {
  await openBrowser();
  await say("华东客户群", "小王", "请问实名认证需要多久？");
  await say("华东客户群", "小王", "你们怎么回事，三天了还没处理，我要投诉");
  for (let i = 0; i < 100 && !JSON.stringify(await api("GET", "/v1/alerts")).includes("投诉"); i++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  if (pictures) mkdirSync(pictures, { recursive: true });
});
afterAll(closeBrowser);

interface AxeResult {
  violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
}

describe.each(looks)("$name", (look) => {
  test.each(screens)("%s", async (path) => {
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
  });
});

test("the first load is below 300 kB compressed and asks nothing of other hosts", async () => {
  const visitor = await visit("/");
  const { page } = visitor;
  // A page that hears what happens is never idle: it is loaded when its figures are there, and listens from then on.
  await page.getByRole("heading", { name: "此刻" }).waitFor();
  const loaded = await page.evaluate(() => {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
      (e) => e as PerformanceResourceTiming,
    );
    const figures = all.find((e) => e.name.includes("GetOverview"))?.responseEnd ?? Number.POSITIVE_INFINITY;
    return all.filter((e) => e.startTime <= figures).map((e) => ({ name: e.name, size: e.encodedBodySize }));
  });
  const own = new URL(page.url()).origin;
  expect(loaded.filter((e) => !e.name.startsWith(own))).toEqual([]);
  const bytes = loaded
    .filter((e) => /\.(js|css|html|svg)$|\/$/.test(new URL(e.name).pathname))
    .reduce((sum, e) => sum + e.size, 0);
  expect(bytes).toBeLessThan(300_000);
  await visitor.context.close();
});
