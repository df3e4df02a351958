import { execFileSync } from "node:child_process";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect, inject } from "vitest";

/** server is the program under test that this worker has to itself. */
export function server(): { base: string; grpc: string } {
  const own = inject("programs")[Number(process.env.VITEST_POOL_ID) - 1];
  if (!own) throw new Error(`no program for worker ${process.env.VITEST_POOL_ID}`);
  return own;
}

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

function installed(): string {
  const wanted = process.env.CHROMIUM;
  if (wanted) return wanted;
  for (const name of names) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // The next name.
    }
  }
  throw new Error(`no browser: install Chromium, or set CHROMIUM to its path (looked for ${names.join(", ")})`);
}

/** Look is how a reader has set the browser up. */
export interface Look {
  language?: "zh-CN" | "en-US";
  scheme?: "light" | "dark";
  width?: number;
  height?: number;
  /** Time at which the page's clock stands still. */
  now?: string;
}

let browser: Browser | undefined;

/** openBrowser starts the one browser of a file of tests. */
export async function openBrowser(): Promise<void> {
  browser = await chromium.launch({ executablePath: installed(), args: ["--no-sandbox"] });
}

/** closeBrowser ends it. */
export async function closeBrowser(): Promise<void> {
  await browser?.close();
  browser = undefined;
}

/** Visitor is one reader with a page; every error on the page is kept. */
export interface Visitor {
  page: Page;
  errors: string[];
  context: BrowserContext;
}

/** visit opens a page as a reader with settings of their own. */
export async function visit(path: string, look: Look = {}, base = server().base): Promise<Visitor> {
  if (!browser) throw new Error("openBrowser first");
  const width = look.width ?? 1440;
  const context = await browser.newContext({
    locale: look.language ?? "zh-CN",
    colorScheme: look.scheme ?? "light",
    viewport: { width, height: look.height ?? (width < 500 ? 844 : 900) },
    reducedMotion: "reduce",
    timezoneId: "Asia/Shanghai",
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  if (look.now) await page.clock.setFixedTime(look.now);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(base + path);
  return { page, errors, context };
}

/** healthy says that nothing went wrong on the page. */
export function healthy(visitor: Visitor): void {
  expect(visitor.errors).toEqual([]);
}

/** api calls the public API as another program would. */
export async function api<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(server().base + path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

/** say posts the callback of a robot that heard somebody speak in a group. */
export async function say(group: string, person: string, text: string): Promise<void> {
  const { robots } = await api<{ robots: { webhookUris: { message: string } }[] }>("GET", "/v1/robots");
  const address = robots[0]?.webhookUris.message;
  if (!address) throw new Error("no robot");
  await fetch(address.startsWith("http") ? address : server().base + address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      spoken: text,
      rawSpoken: text,
      receivedName: person,
      groupName: group,
      groupRemark: "",
      roomType: 1,
      atMe: "false",
      textType: 1,
    }),
  });
}
