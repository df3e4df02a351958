import type { Page } from "playwright-core";

/**
 * Figures are what one kind of use cost: frames a second, the time from frame to frame, the script's and the whole page's share of it, and what
 * all processes and threads of the browser needed for a frame, painting included. Times are in milliseconds.
 */
export interface Figures {
  use: string;
  fps: number;
  p95: number;
  scriptPerFrame: number;
  workPerFrame: number;
  browserPerFrame: number;
  longTasks: number;
}

interface Metrics {
  ScriptDuration: number;
  TaskDuration: number;
}

/** measure counts the frames that the browser draws while somebody does something, and what of that time was script. */
export async function measure(page: Page, use: string, act: () => Promise<void>): Promise<Figures> {
  const session = await page.context().newCDPSession(page);
  // The time of the page's own thread, not of the clock: it says the same on a busy machine.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async (): Promise<Metrics> => {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map((m) => [m.name, m.value])) as unknown as Metrics;
  };
  const whole = await page.context().browser()?.newBrowserCDPSession();
  if (!whole) throw new Error("the page has no browser");
  const used = async () => {
    const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, p) => sum + p.cpuTime, 0);
  };
  await page.evaluate(() => {
    const frames: number[] = [];
    const tasks: number[] = [];
    let last = performance.now();
    const state = { frames, tasks, on: true };
    const draw = (now: number) => {
      frames.push(now - last);
      last = now;
      if (state.on) requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    }).observe({ type: "longtask" });
    Object.assign(window, { measured: state });
  });
  const [before, usedBefore] = [await read(), await used()];
  await act();
  const [after, usedAfter] = [await read(), await used()];
  const { frames, tasks } = await page.evaluate(() => {
    const { measured } = window as unknown as { measured: { frames: number[]; tasks: number[]; on: boolean } };
    measured.on = false;
    return { frames: measured.frames.slice(1), tasks: measured.tasks };
  });
  await session.detach();
  await whole.detach();
  const sorted = [...frames].sort((a, b) => a - b);
  const total = frames.reduce((sum, f) => sum + f, 0);
  return {
    use,
    fps: (1000 * frames.length) / total,
    p95: sorted[Math.floor(sorted.length * 0.95)] ?? 0,
    scriptPerFrame: ((after.ScriptDuration - before.ScriptDuration) * 1000) / frames.length,
    workPerFrame: ((after.TaskDuration - before.TaskDuration) * 1000) / frames.length,
    browserPerFrame: ((usedAfter - usedBefore) * 1000) / frames.length,
    longTasks: tasks.length,
  };
}
