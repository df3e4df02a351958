import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { api, closeBrowser, healthy, type Look, openBrowser, say, visit } from "./browser";
import { clean } from "./clean";

beforeAll(async () => {
  await openBrowser();
  await say("华东客户群", "小赵", "你们怎么回事，三天了还没处理，我要投诉");
});
afterAll(closeBrowser);

const looks: (Look & { name: string })[] = [
  { name: "zh-light-1440", language: "zh-CN", scheme: "light", width: 1440 },
  { name: "en-dark-1440", language: "en-US", scheme: "dark", width: 1440 },
  { name: "zh-dark-390", language: "zh-CN", scheme: "dark", width: 390 },
  { name: "en-light-390", language: "en-US", scheme: "light", width: 390 },
];

interface Command {
  name: string;
  id: string;
  text: string;
  state: string;
  edits?: { before: string; actor: string; reason: string }[];
}

/** held is a command that waits for hours. */
async function held(text: string): Promise<Command> {
  const { groups } = await api<{ groups: { id: string; title: string }[] }>("GET", "/v1/groups");
  const group = groups.find((g) => g.title === "华东客户群");
  return api<Command>("POST", "/v1/commands", {
    targetSession: group?.id,
    text,
    sendTime: new Date(Date.now() + 5 * 3_600_000).toISOString(),
  });
}

const stored = (c: Command) => api<Command>("GET", `/v1/${c.name}`);

test("somebody corrects what the robot is going to say tomorrow", async () => {
  const command = await held("仓库已发贷");
  const visitor = await visit(`/commands?open=${command.id}`);
  const { page } = visitor;
  await page.getByRole("button", { name: "修改内容" }).click();
  const dialog = page.getByRole("dialog", { name: "修改内容" });
  const save = dialog.getByRole("button", { name: "保存内容" });
  expect(await save.isDisabled(), "nothing is changed yet").toBe(true);
  // It asks in front of the sheet, which is dimmed like all else behind it.
  const heights = await page.evaluate(() =>
    ["[role=dialog]", "[data-state=open].inset-0"].map((found) => {
      const [first, last] = [document.querySelector(found), [...document.querySelectorAll(found)].at(-1)];
      return Number(getComputedStyle((found === "[role=dialog]" ? first : last) as Element).zIndex);
    }),
  );
  expect(heights[1]).toBeGreaterThanOrEqual(heights[0] ?? 0);
  const text = dialog.getByRole("textbox", { name: "内容" });
  await text.fill("");
  await dialog.getByText("请填写内容").waitFor();
  await text.fill("长".repeat(1001));
  await dialog.getByText("1001 / 4000 字").waitFor();
  await dialog.getByText(/微信里要点开/).waitFor();
  await text.fill("长".repeat(4001));
  await dialog.getByText("最多 4000 字").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await text.fill("仓库已发货👍");
  await dialog.getByText("6 / 4000 字").waitFor();
  await dialog.getByRole("textbox", { name: "原因" }).fill("错别字");
  await save.click();
  await dialog.waitFor({ state: "detached" });
  await page.locator("del", { hasText: "仓库已发贷" }).waitFor();
  await page.locator("ins", { hasText: "仓库已发货👍" }).waitFor();
  expect((await stored(command)).text).toBe("仓库已发货👍");
  expect((await stored(command)).edits?.[0]).toMatchObject({ before: "仓库已发贷", reason: "错别字" });
  healthy(visitor);
  await visitor.context.close();
});

test("a text that somebody else changed, or that left meanwhile, is not overwritten, and what was written stays", async () => {
  const command = await held("旧内容");
  const visitor = await visit(`/commands?open=${command.id}`);
  const { page } = visitor;
  await page.getByRole("button", { name: "修改内容" }).click();
  const dialog = page.getByRole("dialog", { name: "修改内容" });
  await dialog.getByRole("textbox", { name: "内容" }).fill("我的内容");
  await api("POST", `/v1/${command.name}:edit`, { text: "同事的内容" });
  await dialog.getByRole("button", { name: "保存内容" }).click();
  await dialog.getByRole("alert").waitFor();
  expect(await dialog.getByRole("textbox", { name: "内容" }).inputValue()).toBe("我的内容");
  expect((await stored(command)).text).toBe("同事的内容");
  await visitor.context.close();
});

test("alerts are silenced until a time of the workspace's zone", async () => {
  const { alerts } = await api<{ alerts: { name: string; id: string; state: string }[] }>("GET", "/v1/alerts");
  const open = alerts.find((a) => a.state !== "ALERT_STATE_RESOLVED");
  const visitor = await visit(`/alerts?open=${open?.id}`);
  const { page } = visitor;
  await page.getByRole("button", { name: "静默", exact: true }).last().click();
  const dialog = page.getByRole("dialog", { name: "静默" });
  await dialog.getByRole("combobox", { name: "静默时长" }).selectOption({ label: "直到指定时间" });
  await dialog.getByText("Asia/Shanghai").waitFor();
  const until = dialog.getByLabel("静默至");
  await until.fill("2020-01-01T09:00");
  await dialog.getByText("请选择一个将来的时间").waitFor();
  expect(await dialog.getByRole("button", { name: "静默" }).isDisabled()).toBe(true);
  await until.fill("2037-03-06T18:30");
  await dialog.getByRole("button", { name: "静默" }).click();
  await dialog.waitFor({ state: "detached" });
  const read = await api<{ silencedUntil: string }>("GET", `/v1/${open?.name}`);
  expect(read.silencedUntil).toBe("2037-03-06T10:30:00Z");
  await api("POST", `/v1/${open?.name}:silence`, { until: new Date(Date.now() + 2_000).toISOString() });
  healthy(visitor);
  await visitor.context.close();
});

/** flow is a new flow with a node of many choices and one of switches. */
async function flow(): Promise<string> {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "表单",
      nodes: [
        { id: "start", triggerWebhook: {} },
        { id: "alert", raiseAlert: { level: "ALERT_LEVEL_ERROR", text: "有事" } },
        { id: "staff", staffInterventionDetect: {} },
      ],
      edges: [
        { from: "start", to: "alert" },
        { from: "alert", to: "staff" },
      ],
    },
  });
  return id;
}

const draft = async (id: string) => JSON.stringify(await api("GET", `/v1/flows/${id}`));

test("a switch says what it means either way, and one of many choices is found by typing", async () => {
  const id = await flow();
  const visitor = await visit(`/flows/${id}/edit?node=staff`);
  const { page } = visitor;
  const toggle = page.getByRole("switch", { name: "@ 用户算介入" });
  await page.getByText("开：工作人员 @ 用户即算介入，机器人暂停").waitFor();
  await page.getByText("关：只 @ 用户不算介入").waitFor();
  expect(await toggle.getAttribute("aria-checked"), "its default").toBe("true");
  await toggle.click();
  await expect.poll(() => draft(id), { timeout: 10_000 }).toContain('"onMention":false');

  await page.goto(page.url().replace("node=staff", "node=alert"));
  const category = page.getByRole("button", { name: /类别/ });
  await category.click();
  const find = page.getByRole("combobox", { name: "输入文字查找" });
  expect(await page.getByRole("listbox").getByRole("option").count()).toBeGreaterThan(5);
  await find.fill("机器");
  expect(await page.getByRole("listbox").getByRole("option").allTextContents()).toEqual(["机器人"]);
  await find.fill("没有这一项");
  await page.getByText("没有匹配的选项").waitFor();
  await find.fill("jqr"); // by its first letters in pinyin, which are loaded now
  await expect.poll(() => page.getByRole("listbox").getByRole("option").allTextContents()).toEqual(["机器人"]);
  await find.fill("jiqi");
  expect(await page.getByRole("listbox").getByRole("option").allTextContents()).toEqual(["机器人"]);
  await find.fill("ROBOT"); // by the name that files have
  await page.keyboard.press("Enter");
  await expect.poll(() => category.textContent()).toContain("机器人");
  await expect.poll(() => draft(id), { timeout: 10_000 }).toContain("ALERT_CATEGORY_ROBOT");
  await category.focus();
  await page.keyboard.press("Enter");
  await find.waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await expect.poll(() => draft(id), { timeout: 10_000 }).not.toContain("ALERT_CATEGORY_ROBOT");
  await category.click();
  await page.keyboard.press("Escape");
  await find.waitFor({ state: "detached" });
  expect(await category.evaluate((e) => e === document.activeElement), "the focus comes back").toBe(true);
  healthy(visitor);
  await visitor.context.close();
});

test("nodes are found by pinyin where one adds them, and on the canvas; one of many groups too", async () => {
  const id = await flow();
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const tables: string[] = [];
  const palette = page.getByRole("navigation", { name: "节点" });
  const search = palette.getByRole("searchbox");
  await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => {});
  page.on("request", (r) => r.url().endsWith(".js") && tables.push(r.url()));
  await search.fill("延迟");
  await palette.getByRole("button", { name: "延迟控制" }).waitFor();
  expect(tables, "nothing is loaded for what is typed in Chinese").toEqual([]);
  await search.fill("yckz");
  await palette.getByRole("button", { name: "延迟控制" }).waitFor();
  expect(await palette.locator("li").count()).toBe(1);
  expect(tables.length).toBe(1);
  await search.fill("");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "查找" }).first().click();
  await page.getByRole("searchbox", { name: "查找" }).fill("gaojing");
  await page.getByText(/^[1-9]\d* 个节点$/).waitFor();

  await page.goto(page.url().replace(/\/flows.*/, "/tasks"));
  await page.getByRole("button", { name: "新建任务" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^群/ }).click();
  await page.getByRole("combobox", { name: "输入文字查找" }).fill("hdkh");
  await expect.poll(() => page.getByRole("listbox").getByRole("option").allTextContents()).toEqual(["华东客户群"]);
  await page.keyboard.press("Enter");
  await dialog.getByRole("button", { name: /华东客户群/ }).waitFor();
  await clean(page, "one-of-many");
  healthy(visitor);
  await visitor.context.close();
});

describe.each(looks)("in $name", (look) => {
  const zh = look.language === "zh-CN";
  test("the forms are for everybody", async () => {
    const command = await held("请在今天 18:00 前完成认证，逾期需要重新提交。");
    const visitor = await visit(`/commands?open=${command.id}`, look);
    const { page } = visitor;
    await page.getByRole("button", { name: zh ? "修改内容" : "Edit text" }).click();
    await page.getByRole("dialog", { name: zh ? "修改内容" : "Edit text" }).waitFor();
    await clean(page, `edit-${look.name}`);
    const base = new URL(page.url()).origin;
    const { alerts } = await api<{ alerts: { id: string }[] }>("GET", "/v1/alerts");
    await page.goto(`${base}/alerts?open=${alerts[0]?.id}`);
    await page
      .getByRole("button", { name: zh ? "静默" : "Silence", exact: true })
      .last()
      .click();
    await page
      .getByRole("combobox", { name: zh ? "静默时长" : "For" })
      .selectOption({ label: zh ? "直到指定时间" : "Until a time" });
    await clean(page, `silence-${look.name}`);
    const id = await flow();
    await page.goto(`${base}/flows/${id}/edit?node=staff`);
    await page.getByRole("switch").first().waitFor();
    await page.getByRole("switch").first().scrollIntoViewIfNeeded();
    await clean(page, `switch-${look.name}`);
    await page.goto(`${base}/flows/${id}/edit?node=alert`);
    await page.getByRole("button", { name: zh ? /类别/ : /Category/ }).click();
    await page.getByRole("listbox").getByRole("option").first().waitFor();
    await clean(page, `choices-${look.name}`);
    await visitor.context.close();
  });
});
