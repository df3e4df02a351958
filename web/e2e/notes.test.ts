import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { api, closeBrowser, healthy, openBrowser, say, visit } from "./browser";

beforeAll(openBrowser);
afterAll(closeBrowser);

// A busy machine takes its time.
const soon = <T>(read: () => T) => expect.poll(read, { timeout: 20_000 });

interface Listed {
  id: string;
  title: string;
  unread?: number;
}

/** fresh is a group of one's own in which somebody said something. */
async function fresh(name: string): Promise<{ title: string; id: string; unread: () => Promise<number> }> {
  const title = `${name}${Date.now()}`;
  await say(title, "张三", "在吗，想问一下进度");
  const found = async () => {
    const { sessions } = await api<{ sessions?: Listed[] }>("GET", `/v1/sessions?query=${encodeURIComponent(title)}`);
    return sessions?.[0];
  };
  await soon(async () => (await found())?.unread ?? 0).toBe(1);
  return { title, id: (await found())?.id ?? "", unread: async () => (await found())?.unread ?? 0 };
}

const row = (page: Page, title: string) => page.locator("main nav").getByRole("link", { name: title });
const log = (page: Page) => page.getByRole("log").first();
// What the robots are about to say may repeat it below.
const said = (page: Page, text: string) => log(page).locator("ol > li").filter({ hasText: text }).first();

test("what came stands in bold with its count until its chat was seen to the end, and again when one says so", async () => {
  const group = await fresh("未读群");
  const visitor = await visit(`/sessions?q=${encodeURIComponent(group.title)}`);
  const { page } = visitor;
  await row(page, group.title).getByText("1 条未读").waitFor();
  await say(group.title, "张三", "还在吗");
  await row(page, group.title).getByText("2 条未读").waitFor();
  await page.reload();
  await row(page, group.title).getByText("2 条未读").waitFor();
  expect(await group.unread()).toBe(2); // looking at the list marks nothing

  await row(page, group.title).click();
  await said(page, "还在吗").waitFor();
  await soon(() => row(page, group.title).getByText("条未读").count()).toBe(0);
  await soon(group.unread).toBe(0);
  await say(group.title, "张三", "我看到了");
  await said(page, "我看到了").waitFor();
  await soon(group.unread).toBe(0); // who looks at it has seen it

  await page.getByRole("button", { name: "标为未读，稍后再看" }).click();
  await page.waitForURL(/\/sessions\?/);
  await row(page, group.title).getByText("1 条未读").waitFor();
  expect(await group.unread()).toBe(1);
  await page.getByRole("combobox", { name: "全部" }).selectOption({ label: "未读" });
  await row(page, group.title).getByText("1 条未读").waitFor();
  await row(page, group.title).click();
  await soon(group.unread).toBe(0);
  await page.goto(page.url().replace(/\/sessions\/[^?]*/, "/sessions"));
  await page.getByText("没有符合筛选条件的记录").first().waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("a private note stands between the messages for colleagues, and nothing of it goes to the group", async () => {
  const group = await fresh("备注群");
  const visitor = await visit(`/sessions/${group.id}`);
  const colleague = await visit(`/sessions/${group.id}`, { language: "en-US", scheme: "dark" });
  const { page } = visitor;
  await said(page, "想问一下进度").waitFor();
  const reply = page.getByRole("textbox", { name: "以机器人身份说话" });
  await reply.fill("没写完的回复");
  await page.getByText("内部备注", { exact: true }).click();
  await page.getByText("仅同事可见，不会发到群里").waitFor();
  const note = page.getByRole("textbox", { name: "写给同事的备注" });
  expect(await note.inputValue()).toBe(""); // what was meant for the group stays there
  await note.fill("先别催，仓库在查");

  // It is as high as its text, to six lines, and the newest line stays in sight above it.
  const height = async () => (await note.boundingBox())?.height ?? 0;
  const one = await height();
  await note.fill("一\n二\n三");
  expect(Math.round((await height()) - one)).toBe(44);
  await note.fill("行\n".repeat(30));
  expect(Math.round((await height()) - one)).toBe(110);
  const end = await log(page).evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight);
  expect(end).toBeLessThan(2);
  await note.fill("");
  expect(await height()).toBe(one);
  await note.pressSequentially("第一行");
  await note.press("Shift+Enter");
  await note.pressSequentially("第二行");
  expect(await note.inputValue()).toBe("第一行\n第二行");
  await note.fill("先别催，仓库在查");

  // The key that confirms an input method's candidate keeps nothing.
  await note.dispatchEvent("compositionstart");
  await note.dispatchEvent("keydown", { key: "Enter", isComposing: true, keyCode: 229 });
  await note.dispatchEvent("compositionend");
  expect(await note.inputValue()).toBe("先别催，仓库在查");

  // A half-written note is still a note after a reload.
  await page.reload();
  await soon(() => note.inputValue()).toBe("先别催，仓库在查");
  await note.press("Enter");
  const kept = log(page).locator("[data-note]").filter({ hasText: "先别催，仓库在查" });
  await kept.getByText("内部备注").waitFor();
  expect(await note.inputValue()).toBe("");
  const theirs = log(colleague.page).locator("[data-note]").filter({ hasText: "先别催，仓库在查" });
  await theirs.getByText("Private note").waitFor({ timeout: 4_000 }); // without a reload, as messages come
  await say(group.title, "张三", "好的谢谢");
  await said(page, "好的谢谢").waitFor();
  const order = await log(page).locator("ol > li").allTextContents();
  const at = (text: string) => order.findIndex((line) => line.includes(text));
  expect(at("想问一下进度")).toBeLessThan(at("先别催"));
  expect(at("先别催")).toBeLessThan(at("好的谢谢"));

  const { commands } = await api<{ commands?: { text: string }[] }>("GET", `/v1/commands?session=sessions/${group.id}`);
  const { messages } = await api<{ messages: { text: string }[] }>("GET", `/v1/sessions/${group.id}/messages`);
  expect(JSON.stringify([commands, messages])).not.toContain("先别催");

  await kept.getByRole("button", { name: "修改备注" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("仓库查到了，明天补发");
  await page.getByRole("dialog").getByRole("button", { name: "保存" }).click();
  await log(colleague.page).getByText("仓库查到了，明天补发").waitFor();
  await log(colleague.page).getByText("edited").waitFor();
  await colleague.page.getByRole("button", { name: "Delete note" }).click();
  await colleague.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await soon(() => log(page).locator("[data-note]").count()).toBe(0);

  await page.getByText("回复群", { exact: true }).click();
  expect(await reply.inputValue()).toBe("没写完的回复");
  healthy(visitor);
  healthy(colleague);
  await visitor.context.close();
  await colleague.context.close();
});

test("a note that is too long says by how much and is not lost", async () => {
  const group = await fresh("长备注群");
  const visitor = await visit(`/sessions/${group.id}`, { language: "en-US" });
  const { page } = visitor;
  await page.getByText("Private note", { exact: true }).click();
  const note = page.getByRole("textbox", { name: "A note to your colleagues" });
  await note.fill("字".repeat(4001));
  await page.getByRole("button", { name: "Keep note" }).click();
  await page.getByText("The note has 4001 characters").waitFor();
  expect((await note.inputValue()).length).toBe(4001);
  await note.fill("👨‍👩‍👧".repeat(100));
  await page.getByRole("button", { name: "Keep note" }).click();
  await log(page).locator("[data-note]").waitFor();
  healthy(visitor);
  await visitor.context.close();
});

test("what is on its way is not written over, nor found again by who went elsewhere meanwhile", async () => {
  const group = await fresh("慢网群");
  const visitor = await visit(`/sessions/${group.id}`);
  const { page } = visitor;
  await said(page, "想问一下进度").waitFor();
  let arrive = () => {};
  const late = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  await page.route(/CreateSessionNote|EnqueueCommand/, async (route) => {
    await late;
    await route.continue();
  });
  await page.getByText("内部备注", { exact: true }).click();
  const note = page.getByRole("textbox", { name: "写给同事的备注" });
  await note.fill("第一条");
  await note.press("Enter");
  await note.press("Enter");
  await note.fill("第一条还没写完的话");
  await page.getByText("回复群", { exact: true }).click();
  const reply = page.getByRole("textbox", { name: "以机器人身份说话" });
  await reply.fill("马上为您查");
  await reply.press("Enter");
  await page.getByRole("link", { name: "跟踪任务" }).first().click();
  await page.waitForURL(/\/tasks/);
  arrive();
  const commands = async () =>
    (await api<{ commands?: { text: string }[] }>("GET", `/v1/commands?session=sessions/${group.id}`)).commands ?? [];
  await soon(async () => (await commands()).filter((c) => c.text === "马上为您查").length).toBe(1);
  const notes = async () =>
    (await api<{ sessionNotes?: unknown[] }>("GET", `/v1/sessions/${group.id}/notes`)).sessionNotes?.length ?? 0;
  await soon(notes).toBe(1);
  await page.goBack();
  await said(page, "想问一下进度").waitFor();
  expect(await reply.inputValue()).toBe("");
  await page.getByText("内部备注", { exact: true }).last().click();
  expect(await note.inputValue()).toBe("还没写完的话");
  healthy(visitor);
  await visitor.context.close();
});

test("a reply whose answer got lost is not said twice by the next try", async () => {
  const group = await fresh("断网群");
  const visitor = await visit(`/sessions/${group.id}`);
  const { page } = visitor;
  await said(page, "想问一下进度").waitFor();
  let lost = 0;
  await page.route(/EnqueueCommand/, async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    await route.abort();
  });
  const reply = page.getByRole("textbox", { name: "以机器人身份说话" });
  await reply.fill("已经补发");
  await reply.press("Enter");
  await page.getByRole("alert").first().waitFor();
  expect(await reply.inputValue()).toBe("已经补发");
  await reply.press("Enter");
  await soon(() => reply.inputValue()).toBe("");
  const { commands } = await api<{ commands: { text: string }[] }>("GET", `/v1/commands?session=sessions/${group.id}`);
  expect(commands.filter((c) => c.text === "已经补发").length).toBe(1);
  await visitor.context.close();
});

test("what is marked as unread elsewhere stays so beside an open chat", async () => {
  const group = await fresh("两处群");
  const visitor = await visit(`/sessions/${group.id}`);
  const { page } = visitor;
  await soon(group.unread).toBe(0);
  const heard = () => page.waitForResponse((r) => r.url().includes("SessionService/GetSession") && r.ok());
  const opened = heard();
  await page.reload(); // now it was seen before the chat opened
  await said(page, "想问一下进度").waitFor();
  await opened;
  await api("POST", `/v1/sessions/${group.id}:markUnread`, {});
  await heard();
  await page.waitForTimeout(1_000); // what it would lead to
  expect(await group.unread()).toBe(1);
  healthy(visitor);
  await visitor.context.close();
});

test("the key that puts away an input method's candidates leaves a note being changed open, and so does a click beside it", async () => {
  const group = await fresh("输入法群");
  await api("POST", `/v1/sessions/${group.id}/notes`, { text: "旧备注" });
  const visitor = await visit(`/sessions/${group.id}`);
  const { page } = visitor;
  await page.getByRole("button", { name: "修改备注" }).click();
  const text = page.getByRole("dialog").getByRole("textbox");
  await text.fill("写了一半");
  await text.dispatchEvent("keydown", { key: "Escape", isComposing: true, keyCode: 229 });
  await page.mouse.click(5, 5);
  await page.waitForTimeout(300);
  expect(await text.inputValue()).toBe("写了一半");
  await text.press("Escape");
  await text.waitFor({ state: "detached" });
  healthy(visitor);
  await visitor.context.close();
});

test("what was read in one tab is read in the list of another, also after it was open behind others", async () => {
  const group = await fresh("两页群");
  const list = `/sessions?q=${encodeURIComponent(group.title)}`;
  const visitor = await visit(list);
  const { page } = visitor;
  await row(page, group.title).getByText("1 条未读").waitFor();
  const chat = await visitor.context.newPage();
  await chat.addInitScript(() => {
    let looked = "hidden";
    Object.defineProperty(document, "visibilityState", { get: () => looked });
    addEventListener("look", () => {
      looked = "visible";
      document.dispatchEvent(new Event("visibilitychange"));
    });
  });
  const opened = chat.waitForResponse((r) => r.url().includes("SessionService/GetSession") && r.ok());
  await chat.goto(page.url().replace(/\/sessions\?.*/, `/sessions/${group.id}`));
  await said(chat, "想问一下进度").waitFor();
  await opened;
  await chat.waitForTimeout(500);
  expect(await group.unread(), "nobody looks at it").toBe(1);
  await chat.evaluate(() => dispatchEvent(new Event("look")));
  await soon(group.unread).toBe(0);
  await soon(() => row(page, group.title).getByText("条未读").count()).toBe(0);
  healthy(visitor);
  await visitor.context.close();
});
