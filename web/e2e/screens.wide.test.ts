import { expect, test } from "vitest";
import { visit } from "./browser";
import { everyScreenLooksGood } from "./screens";

everyScreenLooksGood([
  { name: "zh-light-1440", language: "zh-CN", scheme: "light", width: 1440 },
  { name: "en-dark-1024", language: "en-US", scheme: "dark", width: 1024 },
]);

test("the first load is below 300 kB compressed and asks nothing of other hosts", async () => {
  const visitor = await visit("/");
  const { page } = visitor;
  // A page that hears what happens is never idle: it is loaded when its figures are there, and listens from then on.
  await page.getByRole("heading", { name: "此刻" }).waitFor();
  const loaded = await page.evaluate(() => {
    const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].map(
      (e) => e as PerformanceResourceTiming,
    );
    const figures = all.find((e) => e.name.includes("GetOverview"))?.responseEnd ?? Number.POSITIVE_INFINITY;
    return all.filter((e) => e.startTime <= figures).map((e) => ({ name: e.name, size: e.encodedBodySize }));
  });
  const own = new URL(page.url()).origin;
  expect(loaded.filter((e) => !e.name.startsWith(own))).toEqual([]);
  const bytes = loaded
    .filter((e) => /\.(js|css|html|svg)$|\/$/.test(new URL(e.name).pathname))
    .reduce((sum, e) => sum + e.size, 0);
  expect(bytes).toBeLessThan(300_000);
  await visitor.context.close();
});
