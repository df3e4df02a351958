import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, type Look, openBrowser, server, visit } from "./browser";
import { binary } from "./program";

beforeAll(openBrowser);
afterAll(closeBrowser);

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function accessible(page: Page) {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  const bad = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  expect(bad.map((v) => `${v.id} ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`)).toEqual([]);
}

// A flow that says the same to everybody.
async function made(title: string): Promise<string> {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title,
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", messageReceive: {} },
        {
          id: "reply",
          robotCommandSend: { text: "'您好，已收到'", priority: "Priority.PRIORITY_MEDIUM", sendTime: "now" },
        },
        { id: "fact", analysisTrigger: { fact: "answered" } },
      ],
      edges: [
        { from: "trigger", to: "receive" },
        { from: "receive", to: "reply" },
        { from: "reply", to: "fact" },
      ],
    },
  });
  return id;
}

const keep = (flow: string, id: string, title: string, expected: string) =>
  api("POST", `/v1/flows/${flow}/testCases?testCaseId=${id}`, {
    title: { zh: title, en: title },
    steps: [
      { say: { person: "张三", text: "在吗" } },
      { advance: { by: "10s" }, expect: [{ line: { contains: [expected] } }] },
    ],
  });

const live = async (flow: string) => (await api<{ activeVersion?: number }>("GET", `/v1/flows/${flow}`)).activeVersion;

test("a draft that fails a test case is published only when the reader says so once more, and the case shows why", async () => {
  const id = await made("发布前测试");
  await keep(id, "greets", "问好", "已收到");
  await keep(id, "parts", "道别", "慢走");
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "发布" }).click();
  await dialog.getByText("1 个用例未通过").waitFor();
  await dialog.getByText("1 个用例通过").waitFor();
  await dialog.getByText("勾选上面的确认后可以发布").waitFor();
  expect(await dialog.getByRole("button", { name: "仍然发布" }).isDisabled()).toBe(true);

  // The case is played on the draft in the simulator: what was said, and what was expected instead.
  await dialog.getByRole("link", { name: "在模拟器中打开「道别」" }).click();
  const strip = page.getByRole("region", { name: "测试用例" });
  await strip.getByText("未通过").waitFor();
  await strip.getByText(/慢走/).first().waitFor();
  await page.getByRole("log", { name: "群聊" }).getByText("您好，已收到").waitFor();
  expect(new URL(page.url()).search).toContain("version=draft");

  // By keyboard alone, from there: the confirmation comes before the button.
  await page.getByRole("button", { name: "发布" }).click();
  const consent = dialog.getByRole("checkbox", { name: /我知道未通过的用例（道别）会被忽略/ });
  await consent.focus();
  await page.keyboard.press("Space");
  const anyway = dialog.getByRole("button", { name: "仍然发布" });
  await expect.poll(() => anyway.isEnabled()).toBe(true);
  await dialog.getByRole("textbox", { name: "版本说明" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await anyway.evaluate((b) => b === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.getByText("已发布 v1").waitFor();
  expect(await live(id)).toBe(1);
  healthy(visitor);

  // The command line keeps the same back, and says so by its exit code.
  const publish = (...args: string[]) =>
    spawnSync(binary, ["flow", "publish", id, "--server", server().grpc, ...args], { encoding: "utf8" });
  const kept = publish("--test");
  expect(kept.status, kept.stderr).toBe(1);
  expect(kept.stderr).toContain("慢走");
  expect(publish("--test-anyway").status).toBe(0);
  await api("DELETE", `/v1/flows/${id}/testCases/parts`);
  expect(publish("--test").status).toBe(0);
  await api("POST", `/v1/flows/${id}:deactivate`, {});
});

test("a draft whose cases pass is published as ever, and one without cases says where to record one", async () => {
  const id = await made("测试都通过");
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "发布" }).click();
  await dialog.getByText(/还没有测试用例/).waitFor();
  const record = dialog.getByRole("link", { name: "去模拟器录一个" });
  expect(await record.getAttribute("href")).toBe(`/simulator?flow=${id}&version=draft`);
  await page.keyboard.press("Escape");

  await keep(id, "greets", "问好", "已收到");
  await page.getByRole("button", { name: "发布" }).click();
  await dialog.getByText("草稿通过了全部 1 个用例。").waitFor();
  expect(await dialog.getByRole("checkbox").count()).toBe(0);
  await dialog.getByRole("button", { name: "发布" }).click();
  await page.getByText("已发布 v1").waitFor();
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  healthy(visitor);
});

test("a simulator that does not answer keeps nobody from publishing: the tests are skipped by word", async () => {
  const id = await made("测试不回应");
  await keep(id, "greets", "问好", "已收到");
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.route("**/flowdesk.v1.SimulatorService/RunTestCase", () => {});
  await page.getByRole("button", { name: "发布" }).click();
  await dialog.getByText("正在跑第 1 个，共 1 个：问好").waitFor();
  expect(await dialog.getByRole("button", { name: "发布" }).isDisabled()).toBe(true);
  await dialog.getByRole("button", { name: "跳过测试" }).click();
  await dialog.getByText("测试已跳过。").waitFor();
  await dialog.getByRole("checkbox", { name: /有 1 个用例没有跑/ }).check();
  await dialog.getByRole("button", { name: "仍然发布" }).click();
  await page.getByText("已发布 v1").waitFor();
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  healthy(visitor);
});

test("the test cases of a flow have an address, and one that was removed comes back", async () => {
  const id = await made("用例有地址");
  await keep(id, "greets", "问好", "已收到");
  const visitor = await visit("/flows");
  const { page } = visitor;
  const row = page.getByRole("row").filter({ hasText: "用例有地址" });
  await row.getByRole("button", { name: "更多" }).click();
  await page.getByRole("menuitem", { name: "测试用例" }).click();
  const sheet = page.getByRole("dialog", { name: "测试用例" });
  await sheet.getByText("问好").waitFor();
  expect(page.url()).toContain("open=tests");
  await sheet.getByRole("button", { name: "删除" }).click();
  await page.getByText("已删除用例「问好」").waitFor();
  await expect.poll(() => sheet.getByText("问好").count()).toBe(0);
  await page.getByRole("button", { name: "撤销" }).click();
  await sheet.getByText("问好").waitFor();

  // What is watched stands in the address in the sheet's place, and goes when the reader starts over.
  await sheet.getByRole("listitem").filter({ hasText: "问好" }).getByRole("button", { name: "观看" }).click();
  const strip = page.getByRole("region", { name: "测试用例" });
  await strip.getByText("通过", { exact: true }).waitFor();
  expect(await sheet.count()).toBe(0);
  expect(page.url()).toContain("case=greets");
  await page.getByRole("button", { name: "重来", exact: true }).click();
  await expect.poll(() => strip.count()).toBe(0);
  expect(page.url()).not.toContain("case=");
  healthy(visitor);
});

test("a link to a case that is gone says so, and leaves a simulation to work in", async () => {
  const id = await made("用例没了");
  const { page } = await visit(`/simulator?flow=${id}&version=draft&case=gone`);
  await page.getByRole("region", { name: "测试用例" }).getByText("这个用例不存在，可能已被删除。").waitFor();
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page.getByRole("log", { name: "群聊" }).getByText("您好，已收到").waitFor();
});

const looks: (Look & { name: string })[] = [
  { name: "wide", language: "zh-CN" },
  { name: "night", language: "en-US", scheme: "dark", width: 1024 },
  { name: "phone", language: "zh-CN", width: 390 },
  { name: "phone-night", language: "en-US", scheme: "dark", width: 390 },
];

test.each(looks)("the result reads well and without barriers: $name", async ({ name, ...look }) => {
  const id = await made("看一看");
  await keep(id, "greets", "问好", "已收到");
  await keep(id, "parts", "道别时要说的话，以及一个相当长的标题，看看它怎么换行", "慢走");
  const visitor = await visit(`/flows/${id}/edit`, look);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: /^(发布|Publish)$/ }).click();
  await dialog.getByRole("checkbox").waitFor();
  await dialog.getByRole("checkbox").scrollIntoViewIfNeeded();
  await accessible(page);
  const { scroll, client } = await dialog.evaluate((d) => ({ scroll: d.scrollWidth, client: d.clientWidth }));
  expect(scroll).toBeLessThanOrEqual(client);
  const shots = process.env.SHOTS;
  if (shots) await page.screenshot({ path: `${shots}/publish-${name}.png` });
  await dialog.getByRole("link").first().click();
  const strip = page.getByRole("region", { name: /^(测试用例|Test cases)$/ });
  await strip.getByText(/慢走/).first().waitFor();
  await accessible(page);
  if (shots) await page.screenshot({ path: `${shots}/case-${name}.png` });
  healthy(visitor);
});
