import type { Page } from "playwright-core";

// What somebody does in the editor.

const steps = 60;
const frame = () => new Promise((resolve) => setTimeout(resolve, 16));

export async function pan(page: Page) {
  await page.mouse.move(700, 820);
  await page.mouse.down();
  for (let i = 0; i < steps; i++) {
    // There and back again, so that what comes next sees the same nodes.
    const far = Math.min(i, steps - 1 - i);
    await page.mouse.move(700 - far * 12, 820 - far * 4);
    await frame();
  }
  await page.mouse.up();
}

export async function zoom(page: Page) {
  await page.mouse.move(700, 500);
  await page.keyboard.down("Control");
  for (let i = 0; i < steps; i++) {
    await page.mouse.wheel(0, i % 60 < 30 ? 12 : -12);
    await frame();
  }
  await page.keyboard.up("Control");
}

export async function drag(page: Page) {
  const boxes = await Promise.all((await page.locator(".react-flow__node-flow").all()).map((n) => n.boundingBox()));
  const box = boxes.find((b) => b && b.x > 300 && b.x + b.width < 1000 && b.y > 100 && b.y + b.height < 800);
  if (!box) throw new Error("no node in sight");
  await page.mouse.move(box.x + box.width / 2, box.y + 12);
  await page.mouse.down();
  for (let i = 0; i < steps; i++) {
    await page.mouse.move(box.x + box.width / 2 + (i % 40) * 4, box.y + 12 + (i % 30) * 4);
    await frame();
  }
  await page.mouse.up();
}

export async function type(page: Page) {
  const name = page.getByRole("textbox", { name: "名称" });
  await name.focus();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("a");
    await frame();
    await frame();
  }
}
