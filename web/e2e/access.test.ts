import { afterAll, beforeAll, expect, test } from "vitest";
import { closeBrowser, openBrowser, type Visitor, visit } from "./browser";
import { type Program, startProgram } from "./program";

let program: Program;

beforeAll(async () => {
  await openBrowser();
  program = await startProgram("serve");
});
afterAll(async () => {
  await closeBrowser();
  await program.stop();
});

const password = "a long password of the owner";
const at = (path: string) => visit(path, {}, program.base);

// Refused calls are what these tests are about, and a browser notes each; 501 says that serve has no demo.
const healthy = (v: Visitor) => expect(v.errors.filter((e) => !/status of (400|401|403|501)/.test(e))).toEqual([]);

const signIn = async ({ page }: Visitor, user: string, secret: string) => {
  await page.getByRole("textbox", { name: "用户名" }).fill(user);
  await page.getByLabel("密码", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "登录" }).click();
};

test("the link makes the owner, who signs out and in; a viewer whom the owner adds can look and not publish", async () => {
  const link = /http\S+(\/setup#token=\S+)/.exec(program.printed())?.[1];
  if (!link) throw new Error(`no link was printed:\n${program.printed()}`);
  const owner = await at(link);
  const { page } = owner;
  await page.getByRole("textbox", { name: "用户名" }).fill("boss");
  await page.getByRole("textbox", { name: "姓名" }).fill("老板");
  await page.getByLabel("新密码").fill(password);
  await page.getByLabel("再输入一次").fill("another one");
  const create = page.getByRole("button", { name: "创建并登录" });
  expect(await create.isDisabled()).toBe(true);
  await page.getByLabel("再输入一次").fill(password);
  await create.click();
  await page.getByRole("button", { name: "账户：老板" }).waitFor();
  expect(page.url()).not.toContain("token");

  await page.goto(`${program.base}/flows`);
  await page.getByRole("button", { name: "账户：老板" }).click();
  await page.getByRole("menuitem", { name: "退出登录" }).click();
  await page.waitForURL("**/signin");
  await page.goto(`${program.base}/settings/members?a=1`);
  await page.waitForURL("**/signin?next=%2Fsettings%2Fmembers%3Fa%3D1");
  await signIn(owner, "boss", "not the password");
  await page.getByRole("alert").getByText("用户名或密码不对").waitFor();
  await signIn(owner, "boss", password);
  await page.waitForURL("**/settings/members?a=1");

  await page.getByRole("button", { name: "添加成员" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "用户名" }).fill("guest");
  await dialog.getByRole("textbox", { name: "姓名" }).fill("访客");
  await dialog.getByRole("combobox", { name: "角色" }).selectOption({ label: "查看" });
  await dialog.getByRole("button", { name: "添加成员" }).click();
  await dialog.getByText("只显示这一次").waitFor();
  const handed = (await dialog.locator("pre").textContent()) ?? "";
  const first = /密码: (\S+)/.exec(handed)?.[1] ?? "";
  await dialog.getByRole("button", { name: "已保存，关闭" }).click();
  await page.getByRole("row", { name: /guest/ }).waitFor();
  expect(await page.content()).not.toContain(first);
  await page.goto(`${program.base}/audit`);
  await page.getByRole("row", { name: /添加成员/ }).click();
  await page.getByRole("dialog").getByText("users/guest").first().waitFor();
  expect(await page.content()).not.toContain(first);
  healthy(owner);

  const guest = await at("/flows/unified/edit");
  await guest.page.waitForURL("**/signin?next=**");
  await signIn(guest, "guest", first);
  await guest.page.getByText("只能查看").first().waitFor();
  expect(await guest.page.getByRole("button", { name: "发布" }).isDisabled()).toBe(true);
  expect(await guest.page.getByRole("link", { name: "成员与密钥" }).count()).toBe(0);
  const refused = await guest.page.evaluate(async () => {
    const answer = await fetch("/v1/flows/unified:publish", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
    return answer.status;
  });
  expect(refused).toBe(403);
  await guest.page.goto(`${program.base}/audit`);
  await guest.page.getByRole("alert").getByText("你的角色不能做这件事").waitFor();
  healthy(guest);

  // Disabled while the page is open: the session ends, and the reader is asked to sign in.
  await guest.page.goto(`${program.base}/tasks`);
  await guest.page.getByRole("heading", { name: "跟踪任务" }).waitFor();
  await page.goto(`${program.base}/settings/members`);
  await page.getByRole("row", { name: /guest/ }).getByRole("button", { name: "更多操作" }).click();
  await page.getByRole("menuitem", { name: "停用" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "停用" }).click();
  await page.getByRole("row", { name: /guest/ }).getByText("已停用").waitFor();
  await guest.page.waitForURL("**/signin?next=%2Ftasks");
});

test("a link that was used says so, and one without its token too", async () => {
  const used = await at("/setup#token=guessed");
  await used.page.getByRole("textbox", { name: "用户名" }).fill("thief");
  await used.page.getByLabel("新密码").fill(password);
  await used.page.getByLabel("再输入一次").fill(password);
  await used.page.getByRole("button", { name: "创建并登录" }).click();
  await used.page.getByRole("alert").getByText("链接已过期或已用过").waitFor();
  const bare = await at("/setup");
  await bare.page.getByText("链接不完整").waitFor();
});
