import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, say, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

const group = "华东客户群";

test("the whole life of a flow: draw, check, publish, message in, watch, compare, roll back", async () => {
  const visitor = await visit("/flows");
  const { page } = visitor;
  await page.getByRole("button", { name: "新建流程" }).click();
  await page.getByRole("listitem").filter({ hasText: "空白流程" }).getByRole("button", { name: "使用" }).click();
  await page.waitForURL(/\/flows\/.+\/edit/);
  const id = new URL(page.url()).pathname.split("/")[2] ?? "";

  // Draw by keyboard alone: the trigger, then a node behind it, then another.
  const canvas = page.locator("[data-canvas]");
  await canvas.focus();
  await page.keyboard.press("Control+a");
  for (const name of ["消息接收", "转人工"]) {
    await canvas.focus();
    await page.keyboard.press("n");
    await page.getByRole("searchbox", { name: "搜索节点" }).last().fill(name);
    await page.keyboard.press("Enter");
    await page.locator("#inspector").getByRole("heading", { level: 2 }).filter({ hasText: name }).waitFor();
  }
  await expect.poll(() => page.getByTestId("saved").getAttribute("data-state"), { timeout: 10_000 }).toBe("saved");

  // The compiler's findings lead to the node; undo and redo bring things back.
  await page.getByRole("textbox", { name: "名称" }).fill("请人处理");
  await page.getByRole("button", { name: "撤销" }).click();
  expect(await page.getByRole("textbox", { name: "名称" }).inputValue()).toBe("");
  await page.getByRole("button", { name: "重做" }).click();
  expect(await page.getByRole("textbox", { name: "名称" }).inputValue()).toBe("请人处理");
  await page.getByRole("tab", { name: /^问题/ }).click();
  await page.getByText("没有问题").first().waitFor();

  await page.getByRole("button", { name: "发布" }).click();
  await page.getByRole("textbox", { name: "版本说明" }).fill("第一版");
  await page.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  await page.getByText("已发布 v1").waitFor();

  // A real callback comes in, and the instance is there to look at.
  await say(group, "老周", "我要转人工");
  await page.goto(`${new URL(page.url()).origin}/instances?flow=flows/${id}`);
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("button", { name: /展开 请人处理/ }).waitFor();

  // A second version, compared with the first, and back again.
  await page.goto(`${new URL(page.url()).origin}/flows/${id}/edit?node=human_handoff`);
  await page.getByRole("textbox", { name: "名称" }).fill("请客服处理");
  await expect.poll(() => page.getByTestId("saved").getAttribute("data-state"), { timeout: 10_000 }).toBe("saved");
  await page.getByRole("button", { name: "发布" }).click();
  await page.getByRole("dialog").getByText("请客服处理").first().waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "发布" }).click();
  await page.getByText("已发布 v2").waitFor();
  await page.goto(`${new URL(page.url()).origin}/flows/${id}/versions`);
  await page.getByRole("button", { name: "比较" }).first().click();
  await page.getByText("请客服处理").first().waitFor();
  await page.getByRole("button", { name: "回滚到这个版本" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("以 v1 的内容生成新版本 v3").waitFor();
  await dialog.getByText("请客服处理").first().waitFor();
  await dialog.getByText("没有实例还在 v2 上运行。").waitFor();
  await dialog.getByRole("textbox", { name: /原因/ }).fill("客服说名字不对");
  await dialog.getByRole("button", { name: "回滚到这个版本" }).click();
  await page.getByText("已回滚到 v1，线上为 v3").waitFor();
  const live = async () => (await api<{ activeVersion: number }>("GET", `/v1/flows/${id}`)).activeVersion;
  expect(await live()).toBe(3);
  const newest = page.getByRole("main").getByRole("listitem").first();
  await newest.getByText("回滚到 v1").waitFor();
  await newest.getByText("客服说名字不对").waitFor();

  // That is taken back by the notice, as a version again.
  await page.getByRole("button", { name: "撤销" }).click();
  await page.getByText("已回滚到 v2，线上为 v4").waitFor();
  expect(await live()).toBe(4);
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  healthy(visitor);
});

test("who rolls back decides what becomes of what still runs; by default it finishes", async () => {
  const definition = {
    title: "等一等",
    nodes: [
      { id: "trigger", triggerWebhook: {} },
      { id: "receive", messageReceive: {} },
      { id: "rest", wait: { duration: "3600s" } },
      { id: "done", analysisTrigger: {} },
    ],
    edges: [
      { from: "trigger", to: "receive" },
      { from: "receive", to: "rest" },
      { from: "rest", to: "done" },
    ],
  };
  const { id } = await api<{ id: string }>("POST", "/v1/flows", { definition });
  await api("POST", `/v1/flows/${id}:publish`, {});
  const { revision } = await api<{ revision: string }>("GET", `/v1/flows/${id}`);
  await api("PATCH", `/v1/flows/${id}`, { definition: { ...definition, title: "等久一点" }, revision });
  await api("POST", `/v1/flows/${id}:publish`, {});
  const on = async (version: number, status: string) =>
    (
      await api<{ instances: unknown[] }>(
        "GET",
        `/v1/instances?flow=flows/${id}&version=${version}&statuses=INSTANCE_STATUS_${status}`,
      )
    ).instances.length;
  await say(group, "老周", "有人在吗");
  await expect.poll(() => on(2, "WAITING"), { timeout: 10_000 }).toBe(1);

  const visitor = await visit(`/flows/${id}/versions`);
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "回滚到这个版本" }).click();
  await dialog.getByText("等久一点").first().waitFor();
  await dialog
    .getByRole("group", { name: "1 个实例还在 v2 上运行" })
    .getByRole("radio", { name: "让它们在 v2 上运行完", checked: true })
    .waitFor();
  await dialog.getByRole("button", { name: "回滚到这个版本" }).click();
  await page.getByText("已回滚到 v1，线上为 v3").waitFor();
  expect(await on(2, "WAITING")).toBe(1);

  await say(group, "小吴", "请问发货了吗");
  await expect.poll(() => on(3, "WAITING"), { timeout: 10_000 }).toBe(1);
  await page.getByRole("button", { name: "回滚到这个版本" }).first().click();
  const open = dialog.getByRole("group", { name: "1 个实例还在 v3 上运行" });
  await open.getByRole("radio", { name: /取消它们/ }).check();
  await dialog.getByRole("button", { name: "回滚到这个版本" }).click();
  await page.getByText("已回滚到 v2，线上为 v4，已取消 1 个实例").waitFor();
  expect(await on(3, "CANCELLED")).toBe(1);
  expect(await on(2, "WAITING")).toBe(1);
  await api("POST", `/v1/flows/${id}:deactivate`, {});
  healthy(visitor);
});

test("two people who change the same node see it and lose nothing; different nodes come together by themselves", async () => {
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: {
      title: "两人同改",
      nodes: [
        { id: "trigger", triggerWebhook: {} },
        { id: "receive", messageReceive: {} },
        { id: "sender", senderIdentify: {} },
      ],
      edges: [
        { from: "trigger", to: "receive" },
        { from: "receive", port: "new", to: "sender" },
      ],
    },
  });
  const mine = await visit(`/flows/${id}/edit?node=receive`);
  const theirs = await visit(`/flows/${id}/edit?node=sender`);
  const name = (v: typeof mine) => v.page.getByRole("textbox", { name: "名称" });
  const saved = (v: typeof mine) =>
    expect.poll(() => v.page.getByTestId("saved").getAttribute("data-state"), { timeout: 10_000 });
  await name(mine).waitFor();
  await name(theirs).fill("他改的身份识别");
  await saved(theirs).toBe("saved");
  await expect
    .poll(async () => JSON.stringify(await api("GET", `/v1/flows/${id}`)), { timeout: 10_000 })
    .toContain("他改的身份识别");
  await name(mine).fill("我改的接收");
  await mine.page.getByText("不冲突的改动已合并").waitFor();
  await expect
    .poll(async () => JSON.stringify(await api("GET", `/v1/flows/${id}`)), { timeout: 10_000 })
    .toContain("我改的接收");
  expect(JSON.stringify(await api("GET", `/v1/flows/${id}`))).toContain("他改的身份识别");

  await theirs.page.goto(`${new URL(theirs.page.url()).origin}/flows/${id}/edit?node=receive`);
  await name(theirs).fill("他再改接收");
  await expect
    .poll(async () => JSON.stringify(await api("GET", `/v1/flows/${id}`)), { timeout: 10_000 })
    .toContain("他再改接收");
  await name(mine).fill("我再改接收");
  await mine.page.getByRole("dialog").getByText("他人也修改了这些地方").waitFor();
  await mine.page.getByRole("radio").nth(1).check();
  await mine.page.getByRole("button", { name: "按选择合并" }).click();
  await expect.poll(() => name(mine).inputValue()).toBe("他再改接收");
});

test("nodes are copied as text into another flow", async () => {
  const visitor = await visit("/flows/unified/edit?node=delay");
  const { page, context } = visitor;
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Control+c");
  await page.getByText("已复制 1 个节点").waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toContain("delayControl");
  const { id } = await api<{ id: string }>("POST", "/v1/flows", {
    definition: { title: "粘贴", nodes: [{ id: "trigger", triggerWebhook: {} }] },
  });
  await page.goto(`${new URL(page.url()).origin}/flows/${id}/edit`);
  await page.locator("[data-canvas]").focus();
  await page.keyboard.press("Control+v");
  await expect
    .poll(async () => JSON.stringify(await api("GET", `/v1/flows/${id}`)), { timeout: 10_000 })
    .toContain("delayControl");
  healthy(visitor);
});

test("an expression completes names and shows the compiler's finding as one types", async () => {
  const visitor = await visit("/flows/unified/edit?node=delay");
  const { page } = visitor;
  const field = page.getByRole("combobox", { name: "优先级" }).first();
  await field.fill("");
  await field.pressSequentially("nodes.deci");
  await page
    .getByRole("option", { name: /decision|decide/ })
    .first()
    .waitFor();
  await field.fill("evnt.text");
  await page.locator("#inspector").getByText(/evnt/).last().waitFor();
  await page.getByRole("tab", { name: /个错误/ }).waitFor();
  await page.getByRole("button", { name: "撤销" }).click();
  healthy(visitor);
});
