import { chromium } from "playwright-core";
const base = "http://127.0.0.1:28551";
const b = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
const jobs = JSON.parse(process.argv[2]);
for (const j of jobs) {
  const c = await b.newContext({ locale: j.lang === "en" ? "en-US" : "zh-CN", colorScheme: j.dark ? "dark" : "light", viewport: { width: j.w ?? 1440, height: j.h ?? ((j.w ?? 1440) < 500 ? 844 : 900) }, timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  const p = await c.newPage();
  p.on("pageerror", (e) => console.log(j.name, "ERR", e.message));
  p.on("console", (m) => m.type() === "error" && console.log(j.name, "CONSOLE", m.text()));
  await p.goto(base + j.path);
  await p.waitForTimeout(j.wait ?? 2500);
  if (j.eval) console.log(j.name, await p.evaluate(j.eval));
  await p.screenshot({ path: `/tmp/web4tmp/shots/${j.name}.png`, clip: j.clip });
  await c.close();
}
await b.close();
