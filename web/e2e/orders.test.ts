import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, say, visit } from "./browser";

beforeAll(async () => {
  await openBrowser();
  await say("华东客户群", "小王", "请问实名认证需要多久？");
});
afterAll(closeBrowser);

// A busy machine takes its time.
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 });

const rows = (page: Page) => page.getByRole("table").getByRole("row");

test("a list stands in the order of the head that was pressed, and a link brings it back", async () => {
  const visitor = await visit("/tasks?state=all");
  const { page } = visitor;
  const due = page.getByRole("columnheader", { name: "截止" });
  await soon(() => due.getAttribute("aria-sort")).toBe("ascending");
  const dates = async () => page.getByRole("row").getByRole("time").all();
  await soon(async () => (await dates()).length).toBeGreaterThan(0);
  await due.getByRole("button").click();
  await page.waitForURL(/order=\d/);
  await soon(() => due.getAttribute("aria-sort")).toBe("descending");
  const titles = () => rows(page).getByRole("link").allTextContents();
  const { trackTasks } = await api<{ trackTasks: { title: string }[] }>(
    "GET",
    "/v1/trackTasks?order=TASK_ORDER_DUE_LATEST&pageSize=50",
  );
  await soon(async () => (await titles())[0]).toBe(trackTasks[0]?.title);
  const before = await titles();
  await page.reload();
  await soon(titles).toEqual(before);
  healthy(visitor);
  await visitor.context.close();
});

test("alerts are ordered by gravity among those that are not resolved", async () => {
  const visitor = await visit("/alerts");
  const { page } = visitor;
  await page.getByRole("columnheader", { name: "级别" }).getByRole("button").click();
  await page.waitForURL(/order=3/);
  const levels = ["严重", "错误", "警告", "提示"];
  const shown = async () =>
    (
      await rows(page)
        .getByRole("cell")
        .filter({ hasText: /^\W*(严重|错误|警告|提示)$/ })
        .allTextContents()
    ).map((text) => levels.findIndex((level) => text.includes(level)));
  await soon(async () => (await shown()).length).toBeGreaterThan(2);
  await expect
    .poll(async () => (await shown()).every((level, i, all) => i === 0 || level >= (all[i - 1] ?? 0)))
    .toBe(true);
  // Resolved ones have no such order: the list is there all the same.
  await page.goto(page.url().replace("order=3", "order=3&state=all"));
  await rows(page).nth(1).waitFor();
  expect(await page.getByRole("columnheader", { name: "级别" }).getByRole("button").count()).toBe(0);
  healthy(visitor);
  await visitor.context.close();
});

test("many are acted on at once, and what could not be done is told", async () => {
  const visitor = await visit("/tasks");
  const { page } = visitor;
  const { groups } = await api<{ groups: { id: string }[] }>("GET", "/v1/groups");
  const made: string[] = [];
  const about = `批量核对 ${Date.now()}`;
  for (const n of [1, 2, 3]) {
    const { name } = await api<{ name: string }>("POST", "/v1/trackTasks", {
      title: `${about} 第 ${n} 项`,
      groupId: groups[0]?.id,
      deadline: new Date(Date.now() - 30 * 86_400_000).toISOString(),
    });
    made.push(name);
  }
  await page.reload();
  const boxes = rows(page).filter({ hasText: about }).getByRole("checkbox");
  await boxes.nth(2).waitFor();
  expect(await boxes.count()).toBe(3);
  for (const box of await boxes.all()) await box.check();
  const bar = page.getByRole("group", { name: "批量操作" });
  await bar.getByText("已选 3 条").waitFor();
  // Somebody else is quicker with one of them, and this page does not hear of it.
  await page.getByRole("button", { name: "暂停实时更新" }).click();
  await api("POST", `/v1/${made[1]}:complete`, {});
  await bar.getByRole("button", { name: "完成", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "完成 3 条" });
  await dialog.getByRole("textbox", { name: "原因" }).fill("已逐项核对");
  await dialog.getByRole("button", { name: "完成 3", exact: true }).click();
  await bar.waitFor({ state: "detached" });
  // The end is told on whatever screen one is, once live data goes on, and leads to what became of each.
  await page.getByRole("button", { name: "恢复实时更新" }).click();
  await page.getByText("完成任务：成功 2，失败 1").waitFor();
  await page.getByRole("button", { name: "查看", exact: true }).click();
  await page.waitForURL(/\/jobs\/.+/);
  await page.getByText("已逐项核对").waitFor();
  await page.getByRole("group", { name: /数量/ }).getByRole("button", { name: /失败/ }).click();
  await page.waitForURL(/outcome=3/);
  await expect.poll(() => rows(page).count()).toBe(2);
  const failed = rows(page).nth(1);
  await failed.getByText(`${about} 第 2 项`).waitFor();
  expect(await failed.textContent()).toMatch(/已结束|不允许|状态/);
  await failed.getByRole("link").first().click();
  await page.waitForURL((url) => url.search.includes(`open=${made[1]?.split("/")[1]}`));
  for (const name of made) {
    const task = await api<{ state: string }>("GET", `/v1/${name}`);
    expect(task.state).toBe("TASK_STATE_COMPLETED");
  }
  healthy(visitor);
  await visitor.context.close();
});

test("all that match are counted, asked for by their number, and acted on while the page is closed", async () => {
  const { id, name: group } = await api<{ id: string; name: string }>("POST", "/v1/groups", {
    title: `批量群 ${Date.now()}`,
    kind: "SESSION_KIND_GROUP",
    aliases: [{ robot: "day", title: `批量群 ${Date.now()}` }],
  });
  const many = 60; // more than one page
  for (let n = 0; n < many; n++) {
    await api("POST", "/v1/trackTasks", { title: `全部 ${n}`, groupId: id, deadline: new Date().toISOString() });
  }
  const visitor = await visit(`/tasks?group=sessions/${id}`);
  const { page } = visitor;
  await rows(page).nth(50).waitFor();
  await rows(page).nth(1).getByRole("checkbox").check();
  const bar = page.getByRole("group", { name: "批量操作" });
  await bar.getByRole("button", { name: "选择全部符合筛选的" }).click();
  await bar.getByText(`已选全部符合的 ${many} 条`).waitFor();
  expect(await rows(page).nth(7).getByRole("checkbox").isChecked()).toBe(true);
  await bar.getByRole("button", { name: "取消任务", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: `取消任务 ${many} 条` });
  const verb = dialog.getByRole("button", { name: `取消任务 ${many}`, exact: true });
  await dialog.getByRole("textbox", { name: /原因/ }).fill("项目结束");
  expect(await verb.isDisabled()).toBe(true);
  await dialog.getByRole("textbox", { name: /输入数量/ }).fill(String(many));
  await verb.click();
  await dialog.waitFor({ state: "detached" });
  healthy(visitor);
  await visitor.context.close();

  const states = async () =>
    (
      await api<{ trackTasks: { state: string }[] }>("GET", `/v1/trackTasks?session=${id}&pageSize=200`)
    ).trackTasks.filter((task) => task.state === "TASK_STATE_CANCELLED").length;
  await expect.poll(states, { timeout: 30_000 }).toBe(many);
  const later = await visit("/jobs");
  await later.page.getByRole("button", { name: "批量任务", exact: true }).click();
  await later.page
    .getByRole("menuitem", { name: /取消跟踪任务.*已完成/ })
    .first()
    .click();
  await later.page.waitForURL(/\/jobs\/.+/);
  await later.page.getByText(`成功 ${many}，失败 0，剩余 0`).first().waitFor();
  healthy(later);
  await later.context.close();
  await api("DELETE", `/v1/${group}`).catch(() => undefined);
});

test("many alerts are silenced until a time", async () => {
  const people = ["甲", "乙"].map((name) => `客户${name}${Date.now()}`);
  for (const [n, person] of people.entries()) {
    await say(n === 0 ? "华东客户群" : "华南客户群", person, "你们怎么回事，三天了还没处理，我要投诉");
  }
  const raised = async () =>
    (
      await api<{ alerts: { name: string; participantName: string; state: string; silencedUntil?: string }[] }>(
        "GET",
        "/v1/alerts?open=true&pageSize=200",
      )
    ).alerts.filter((alert) => people.includes(alert.participantName));
  await soon(async () => (await raised()).length).toBe(2);
  const visitor = await visit("/alerts");
  const { page } = visitor;
  for (const person of people) {
    const row = rows(page).filter({ hasText: person });
    await row.waitFor();
    await row.getByRole("checkbox").check();
  }
  const bar = page.getByRole("group", { name: "批量操作" });
  await bar.getByText("已选 2 条").waitFor();
  await bar.getByRole("button", { name: "静默", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "静默 2 条" });
  await dialog.getByRole("combobox", { name: "静默时长" }).selectOption({ label: "直到指定时间" });
  const until = dialog.getByLabel("静默至");
  await until.fill("2020-01-01T09:00");
  const verb = dialog.getByRole("button", { name: "静默 2", exact: true });
  expect(await verb.isDisabled()).toBe(true);
  await until.fill("2037-03-06T18:30");
  await verb.click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("静默告警：成功 2，失败 0").first().waitFor();
  expect((await raised()).map((alert) => alert.silencedUntil)).toEqual([
    "2037-03-06T10:30:00Z",
    "2037-03-06T10:30:00Z",
  ]);
  for (const alert of await raised()) await api("POST", `/v1/${alert.name}:resolve`, {});
  healthy(visitor);
  await visitor.context.close();
});

test("the audit says in words what was done, and to what", async () => {
  const { robots } = await api<{ robots: { name: string; title: string }[] }>("GET", "/v1/robots");
  const robot = robots[0];
  await api("POST", `/v1/${robot?.name}:pause`, { reason: "检查" });
  await api("POST", `/v1/${robot?.name}:resume`, {});
  const visitor = await visit("/audit");
  const { page } = visitor;
  const row = rows(page).filter({ hasText: "恢复机器人" }).first();
  await row.getByRole("link", { name: robot?.title ?? "" }).waitFor();
  await page.getByRole("combobox", { name: "操作", exact: true }).selectOption({ label: "暂停机器人" });
  await page.waitForURL(/method=RobotService.PauseRobot/);
  await expect
    .poll(async () => (await rows(page).count()) - 1)
    .toBe(await rows(page).filter({ hasText: "暂停机器人" }).count());
  healthy(visitor);
  await visitor.context.close();
});

test("letters go through the alerts, and acknowledge the one that has the focus", async () => {
  await say("华东客户群", "小王", "你们怎么回事，三天了还没处理，我要投诉");
  const visitor = await visit("/alerts?state=1");
  const { page } = visitor;
  const first = rows(page).nth(1).getByRole("link").first();
  await first.waitFor();
  await page.getByRole("region", { name: "告警" }).focus();
  await page.keyboard.press("j");
  await soon(() => first.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  await soon(() => first.evaluate((element) => element === document.activeElement)).toBe(true);
  const answered = page.waitForResponse(/AlertService\/AcknowledgeAlert/);
  await page.keyboard.press("a");
  expect((await answered).status()).toBe(200);
  // While somebody types, letters are letters.
  await page.getByRole("button", { name: "视图" }).click();
  await page.getByRole("textbox", { name: "视图名称" }).fill("");
  await page.keyboard.type("aks");
  expect(await page.getByRole("textbox", { name: "视图名称" }).inputValue()).toBe("aks");
  healthy(visitor);
  await visitor.context.close();
});

test("an instance that waits says for what, until when and why", async () => {
  const { instances } = await api<{ instances: { id: string; waitingFor?: string[] }[] }>(
    "GET",
    "/v1/instances?statuses=INSTANCE_STATUS_WAITING&pageSize=50",
  );
  const { commands } = await api<{ commands: { instance: string; text: string }[] }>(
    "GET",
    "/v1/commands?states=COMMAND_STATE_DELAYED",
  );
  // A robot's confirmation comes at once, and with it the end: people take longer.
  const long = instances.filter((i) => i.waitingFor?.some((node) => node !== "result"));
  const held = long.find((i) => commands.some((c) => c.instance.endsWith(i.id)));
  const waiting = held ?? long[0];
  const visitor = await visit(`/instances/${waiting?.id}`);
  const { page } = visitor;
  const waits = page.getByRole("region", { name: "正在等待" });
  await waits
    .getByText(/[一-鿿]{2,}.*(确认|检测|提醒|安抚|延迟|回应|发送)/)
    .first()
    .waitFor();
  for (const node of waiting?.waitingFor ?? []) expect(await waits.getByText(node, { exact: true }).count()).toBe(0);
  if (held) await waits.getByRole("link").first().waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("groups stand by name at a press on the head, the first names first", async () => {
  const visitor = await visit("/groups");
  const { page } = visitor;
  const head = page.getByRole("columnheader", { name: "群", exact: true });
  await head.getByRole("button").click();
  await soon(() => head.getAttribute("aria-sort")).toBe("ascending");
  const names = () => rows(page).locator("td:first-child").allTextContents();
  for (const [order, side] of [
    ["NAME_ORDER_FORWARD", "ascending"],
    ["NAME_ORDER_BACKWARD", "descending"],
  ] as const) {
    await soon(() => head.getAttribute("aria-sort")).toBe(side);
    const { groups } = await api<{ groups: { title: string }[] }>("GET", `/v1/groups?order=${order}&pageSize=50`);
    await soon(async () => (await names()).map((n) => n.trim())[0]).toBe(groups[0]?.title);
    await head.getByRole("button").click();
  }
  healthy(visitor);
  await visitor.context.close();
});

test("flows are found by what is written in them", async () => {
  const visitor = await visit("/flows");
  const { page } = visitor;
  await rows(page).getByText("统一消息处理流程").waitFor();
  const box = page.getByRole("searchbox");
  await box.fill("意图识别");
  await page.waitForURL(/q=/);
  await rows(page).getByText("统一消息处理流程").waitFor();
  await box.fill("没有这样的文字");
  await rows(page).getByText("统一消息处理流程").waitFor({ state: "detached" });
  healthy(visitor);
  await visitor.context.close();
});

test("who reads English reads reasons in English", async () => {
  const { alerts } = await api<{ alerts: { id: string; text: string }[] }>("GET", "/v1/alerts?pageSize=50");
  const complaint = alerts.find((a) => a.text.startsWith("用户投诉或不满："));
  expect(complaint).toBeDefined();
  const visitor = await visit(`/alerts?state=all&open=${complaint?.id}`, { language: "en-US" });
  const { page } = visitor;
  const panel = page.getByRole("dialog");
  await panel
    .getByText(/^A user complains: /)
    .first()
    .waitFor();
  expect(await panel.getByText("用户投诉或不满").count()).toBe(0);
  healthy(visitor);
  await visitor.context.close();
});
