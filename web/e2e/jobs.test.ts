import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api, closeBrowser, healthy, type Look, openBrowser, visit } from "./browser";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

beforeAll(openBrowser);
afterAll(closeBrowser);

async function clean(page: Page) {
  await page.waitForTimeout(300);
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { target: string[] }[] }[];
  };
  const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(serious.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0);
}

describe("jobs are readable for all", () => {
  const looks: (Look & { name: string })[] = [
    { name: "zh dark 390", language: "zh-CN", scheme: "dark", width: 390 },
    { name: "en light 390", language: "en-US", scheme: "light", width: 390 },
    { name: "en dark 1440", language: "en-US", scheme: "dark", width: 1440 },
    { name: "zh light 1440", language: "zh-CN", scheme: "light", width: 1440 },
  ];
  test.each(looks)("$name", async (look) => {
    const { groups } = await api<{ groups: { id: string }[] }>("GET", "/v1/groups");
    const task = await api<{ name: string }>("POST", "/v1/trackTasks", { title: "一项", groupId: groups[0]?.id });
    await api("POST", `/v1/${task.name}:complete`, {});
    const job = await api<{ name: string }>("POST", "/v1/jobs", {
      action: { completeTasks: {} },
      names: { names: [task.name] },
      reason: "项目已经结束",
    });
    await expect.poll(async () => (await api<{ endTime?: string }>("GET", `/v1/${job.name}`)).endTime).toBeTruthy();
    const visitor = await visit(`/${job.name}`, look);
    const { page } = visitor;
    await page.getByText("项目已经结束").waitFor();
    await page.getByRole("table").getByRole("row").nth(1).waitFor();
    await clean(page);
    await page
      .getByRole("button", {
        name: look.language === "en-US" ? /^Jobs|job/i : "批量任务",
        exact: look.language !== "en-US",
      })
      .first()
      .click();
    await page.getByRole("menuitem").first().waitFor();
    await clean(page);
    healthy(visitor);
    await visitor.context.close();
  });
});
