import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

// A busy machine takes its time.
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 });
const rows = (page: Page) => page.getByRole("table").getByRole("row");

test("a robot's card tells how much it sent well in the last hour, and in how many groups it can speak", async () => {
  const { groups } = await api<{ groups: { id: string; title: string }[] }>("GET", "/v1/groups?pageSize=100");
  const group = groups.find((g) => g.title === "华东客户群");
  await api("POST", "/v1/robots/day:testSend", { session: `sessions/${group?.id}`, text: "试一下" });
  interface Told {
    title: string;
    groups: number;
    settledLastHour?: number;
  }
  const told = () => api<Told>("GET", "/v1/robots/day");
  await expect.poll(async () => (await told()).settledLastHour ?? 0, { timeout: 40_000 }).toBeGreaterThan(0);
  const robot = await told();
  const visitor = await visit("/robots");
  const { page } = visitor;
  const card = page.getByRole("article").filter({ hasText: robot.title });
  await card.getByText("一小时发送成功率").waitFor();
  expect(await card.getByText(/^\d+ \/ \d+ 条$/).textContent()).toMatch(/[1-9]\d* 条$/);
  expect(robot.groups).toBeGreaterThan(10);
  await card.getByRole("link", { name: String(robot.groups), exact: true }).click();
  await page.waitForURL(/view=coverage/);
  healthy(visitor);
  await visitor.context.close();
});

test("a person gets another role in one group, and it stands beside the name there", async () => {
  const { name } = await api<{ name: string }>("POST", "/v1/people", {
    title: `小周${Date.now()}`,
    role: "ROLE_GROUP_ASSISTANT",
  });
  const visitor = await visit(`/people?open=${name.split("/")[1]}`);
  const { page } = visitor;
  const panel = page.getByRole("dialog");
  // What can be done stands there in words.
  await panel.getByRole("button", { name: "编辑" }).click();
  const form = page.getByRole("dialog").last();
  await form.getByRole("button", { name: "添加群内名字" }).click();
  await form.getByRole("combobox", { name: "群", exact: true }).selectOption({ label: "华东客户群" });
  await form.getByRole("textbox", { name: "名字", exact: true }).fill("周先生");
  await form.getByRole("combobox", { name: "在这个群里的角色" }).selectOption({ label: "用户" });
  await form.getByRole("button", { name: "保存" }).click();
  await panel.getByText("周先生").waitFor();
  const stored = await api<{ groupNames: { title: string; role: string }[] }>("GET", `/v1/${name}`);
  expect(stored.groupNames).toMatchObject([{ title: "周先生", role: "ROLE_USER" }]);
  healthy(visitor);
  await visitor.context.close();
});

test("names stand by pinyin, in the list and where one chooses from them", async () => {
  const visitor = await visit("/people");
  const { page } = visitor;
  await page.getByRole("columnheader", { name: "姓名" }).getByRole("button").click();
  await page.waitForURL(/order=1/);
  const wanted = ["财神爷", "客服小陈", "售后小李", "售后小王", "小助理", "运营阿杰"];
  const among = (names: string[]) => names.map((n) => n.trim()).filter((n) => wanted.includes(n));
  await soon(async () => among(await rows(page).getByRole("link").allTextContents())).toEqual(wanted);
  await page.goto(page.url().replace(/\/people.*/, "/tasks"));
  const choices = page.getByRole("combobox", { name: "负责人" }).getByRole("option");
  await soon(async () => among(await choices.allTextContents())).toEqual(wanted);
  healthy(visitor);
  await visitor.context.close();
});

test("a list without rows says which filters hide them, and takes away one of them", async () => {
  const visitor = await visit("/commands?state=9&robot=robots/none");
  const { page } = visitor;
  await page.getByText("没有符合筛选条件的记录").waitFor();
  await page.getByRole("button", { name: "去掉「robots/none」" }).waitFor();
  await page.getByRole("button", { name: "去掉「状态: 已取消」" }).click();
  await page.waitForURL((url) => !url.searchParams.has("state") && url.searchParams.has("robot"));
  await page.getByRole("button", { name: "去掉「robots/none」" }).click();
  await rows(page).nth(1).waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("beside a task stands what was said, and what can be done", async () => {
  // While the demo is being filled, a task that is open now is done a moment later.
  await expect.poll(async () => (await api("GET", "/v1/demo")).state, { timeout: 60_000 }).toBe("DEMO_STATE_FILLED");
  const { trackTasks } = await api<{ trackTasks: { id: string; message?: string }[] }>(
    "GET",
    "/v1/trackTasks?open=true&pageSize=100",
  );
  const task = trackTasks.find((one) => one.message);
  if (!task?.message) throw new Error("no task of the demo came of a message");
  const message = task.message.split("/").at(-1);
  const { text, rawText } = await api<{ text?: string; rawText: string }>("GET", `/v1/messages/${message}`);
  const visitor = await visit(`/tasks?open=${task.id}`);
  const panel = visitor.page.getByRole("dialog");
  await panel
    .locator("blockquote")
    .filter({ hasText: text || rawText })
    .first()
    .waitFor();
  await panel.getByRole("button", { name: "完成" }).waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("an alert leads to the chat, where it can be taken over", async () => {
  const visitor = await visit("/alerts");
  const { page } = visitor;
  await rows(page).nth(1).getByRole("button", { name: "更多操作" }).click();
  await page.getByRole("menuitem", { name: "打开群聊" }).click();
  await page.waitForURL(/\/sessions\//);
  await page.getByRole("button", { name: "接管" }).waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("few choices stand side by side, several nodes have their buttons, and a version says what it changes", async () => {
  const { flow } = await api<{ flow?: { definition: { nodes: { id: string }[] } } } & Record<string, unknown>>(
    "GET",
    "/v1/flows/unified",
  ).then((body) => ({ flow: body.flow ?? body }));
  const id = `proof-${Date.now()}`;
  await api("POST", `/v1/flows?flow_id=${id}`, { definition: (flow as { definition: unknown }).definition });
  await api("POST", `/v1/flows/${id}:publish`, { note: "第一版" });
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const policy = page.getByRole("radiogroup", { name: "出错时" });
  await policy.getByRole("radio", { name: "转人工" }).waitFor();
  expect(await policy.getByRole("radio").count()).toBe(2);
  await policy.getByRole("radio", { checked: true }).focus();
  await page.keyboard.press("ArrowRight");
  await policy.getByRole("radio", { name: "失败并列出原因（默认）", checked: true }).waitFor();
  await page.getByRole("button", { name: /撤销/ }).first().click();
  await policy.getByRole("radio", { name: "转人工", checked: true }).waitFor();

  await page.locator("[data-canvas]").first().focus();
  await page.keyboard.press("Control+a");
  const aside = page.getByRole("complementary", { name: "属性" });
  await aside.getByRole("button", { name: "左对齐" }).waitFor();
  await page.keyboard.press("Escape");

  await page.goto(`${page.url().split("?")[0]}?node=delay`);
  const name = aside.getByRole("textbox", { name: "名称" });
  await name.fill("慢一点再发");
  await page.getByRole("button", { name: "发布", exact: true }).click();
  const note = page.getByRole("dialog").getByRole("textbox", { name: "版本说明" });
  await soon(() => note.inputValue()).toContain("慢一点再发");

  // Who goes back sees first what that changes.
  await page.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  await page.getByText(/已发布 v2/).waitFor();
  await page.goto(`${page.url().split("/edit")[0]}/versions`);
  await page.getByRole("button", { name: "回滚到这个版本" }).first().click();
  await page.getByRole("dialog").getByText("慢一点再发").first().waitFor();
  await page.getByRole("dialog").getByText("D6 延迟控制").first().waitFor();
  healthy(visitor);
  await visitor.context.close();
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  await api("DELETE", `/v1/flows/${id}`);
});

test("a notice covers nothing that one works with", async () => {
  const visitor = await visit("/simulator");
  const { page } = visitor;
  await page.getByRole("button", { name: "发送这条消息" }).click();
  await page
    .getByRole("log")
    .first()
    .getByText(/申请发票/)
    .waitFor();
  const bar = await page.getByRole("textbox", { name: /身份说话/ }).boundingBox();
  const notices = await page.locator("[aria-live=polite].fixed").first().boundingBox();
  expect((notices?.y ?? 0) + (notices?.height ?? 0)).toBeLessThan(bar?.y ?? 0);
  healthy(visitor);
  await visitor.context.close();
});

test("a node's config can be written as text, and what cannot be read leaves it as it was", async () => {
  const read = await api<{ definition: unknown; flow?: { definition: unknown } }>("GET", "/v1/flows/unified");
  const id = `source-${Date.now()}`;
  await api("POST", `/v1/flows?flow_id=${id}`, { definition: read.flow?.definition ?? read.definition });
  const visitor = await visit(`/flows/${id}/edit?node=delay`);
  const { page } = visitor;
  const toggle = page.getByRole("button", { name: "这个节点的源码" });
  await toggle.click();
  const text = page.getByRole("textbox", { name: "这个节点的源码" });
  await text.fill("priority: 'true'\nnonsense: 1");
  await page
    .getByText(/nonsense/)
    .last()
    .waitFor();
  expect(await text.getAttribute("aria-invalid")).toBe("true");
  await text.fill("priority: message.priority");
  await soon(() => text.getAttribute("aria-invalid")).toBe("false");
  await toggle.click();
  await soon(() => page.locator('[data-field="priority"] textarea').first().inputValue()).toBe("message.priority");
  healthy(visitor);
  await visitor.context.close();
  await api("DELETE", `/v1/flows/${id}`);
});

test("what is wrong with the flow itself leads to its settings, under the name that the field has there", async () => {
  const read = await api<{ definition: unknown; flow?: { definition: unknown } }>("GET", "/v1/flows/unified");
  const id = `wrong-${Date.now()}`;
  await api("POST", `/v1/flows?flow_id=${id}`, { definition: read.flow?.definition ?? read.definition });
  const visitor = await visit(`/flows/${id}/edit`);
  const { page } = visitor;
  const most = page.getByRole("textbox", { name: "每条消息最多回复数" });
  await most.fill("99");
  await page.getByRole("tab", { name: /问题.*1 个错误/ }).click();
  // Elsewhere meanwhile.
  await page.locator("[data-canvas]").first().focus();
  await page.keyboard.press("Control+a");
  await page
    .getByRole("tabpanel")
    .getByRole("button", { name: /每条消息最多回复数/ })
    .click();
  await soon(() => most.evaluate((box) => box === document.activeElement)).toBe(true);
  healthy(visitor);
  await visitor.context.close();
  await api("DELETE", `/v1/flows/${id}`);
});

test("at 1024 px in English what is long stays in its card, and the wall cuts no row", async () => {
  const visitor = await visit("/ai", { language: "en-US", width: 1024 });
  const { page } = visitor;
  const example = page.getByRole("button", { name: /three days/ });
  const inside = await example.evaluate((b) => {
    const card = b.closest("form")?.getBoundingClientRect();
    return (card?.right ?? 0) - b.getBoundingClientRect().right;
  });
  expect(inside).toBeGreaterThanOrEqual(0);

  await page.goto(`${new URL(page.url()).origin}/wall`);
  const list = page.getByRole("region", { name: "Gravest alerts" }).getByRole("list").first();
  await list.getByRole("listitem").nth(9).waitFor({ state: "attached" });
  const { whole, cut } = await list.evaluate((ul) => {
    const box = ul.parentElement?.getBoundingClientRect() as DOMRect;
    const rows = [...ul.children].map((li) => li.getBoundingClientRect()).filter((r) => r.left < box.right);
    return {
      whole: rows.filter((r) => r.bottom <= box.bottom + 1).length,
      cut: rows.filter((r) => r.top < box.bottom && r.bottom > box.bottom + 1).length,
    };
  });
  expect(whole).toBeGreaterThan(3);
  expect(cut).toBe(0);
  healthy(visitor);
});

test("a key that is shown once is copied from its dialog, also where plain HTTP gives the page no clipboard", async () => {
  const { page } = await visit("/settings");
  await page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  await page.goto(`${new URL(page.url()).origin}/settings/keys`);
  await page.getByRole("button", { name: "新建密钥" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox").first().fill("内网");
  await dialog.getByRole("button", { name: /^(新建|创建)/ }).click();
  const key = await dialog.locator("pre").first().textContent();
  expect(key).toMatch(/^flowdesk_/);
  await dialog.getByRole("button", { name: "复制" }).click();
  await dialog.getByRole("button", { name: "已保存，关闭" }).click();
  await page.goto(`${new URL(page.url()).origin}/ai`);
  await page.getByRole("textbox").first().focus();
  await page.keyboard.press("Control+v");
  expect(await page.getByRole("textbox").first().inputValue()).toBe(key);
});
