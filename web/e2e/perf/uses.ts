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

async function take(page: Page) {
  const boxes = await Promise.all((await page.locator(".react-flow__node-flow").all()).map((n) => n.boundingBox()));
  const box = boxes.find((b) => b && b.x > 300 && b.x + b.width < 1000 && b.y > 100 && b.y + b.height < 800);
  if (!box) throw new Error("no node in sight");
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 4 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  return at;
}

export async function drag(page: Page) {
  const at = await take(page);
  for (let i = 0; i < steps; i++) {
    await page.mouse.move(at.x + (i % 40) * 4, at.y + (i % 30) * 4);
    await frame();
  }
  await page.mouse.up();
}

// A node that is held at the edge of the canvas makes the view move along.
export async function dragAway(page: Page) {
  const at = await take(page);
  await page.mouse.move(at.x + 40, at.y, { steps: 4 });
  await page.mouse.move(1070, 400, { steps: 10 });
  for (let i = 0; i < steps; i++) {
    await page.mouse.move(1070, 400 + (i % 2));
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
