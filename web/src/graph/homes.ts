import type { Doc } from "./doc";
import type { Spot } from "./edit";
import { extents, places } from "./layout";
import type { Box } from "./size";

/** whole is what stands in no frame. */
export const whole = "";

/** middle is the middle of a box. */
export const middle = (b: Box): Spot => ({ x: b.x + b.width / 2, y: b.y + b.height / 2 });
const holds = (frame: Box, { x, y }: Spot) =>
  x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
const area = (b: Box) => b.width * b.height;

/** homes are the innermost frame around each node, note and frame, by where their middles are. */
export function homes(doc: Doc): Map<string, string> {
  const { frames } = doc.layout;
  const spots = places(doc);
  const inward = [...frames].sort((a, b) => area(a) - area(b));
  const found = new Map<string, string>();
  for (const [id, extent] of extents(doc)) {
    const at = middle({ ...(spots.get(id) ?? { x: 0, y: 0 }), ...extent });
    found.set(id, inward.find((f) => holds(f, at))?.id ?? whole);
  }
  for (const note of doc.layout.notes) found.set(note.id, inward.find((f) => holds(f, middle(note)))?.id ?? whole);
  for (const frame of frames) {
    const around = inward.find((f) => f.id !== frame.id && area(f) > area(frame) && holds(f, middle(frame)));
    found.set(frame.id, around?.id ?? whole);
  }
  return found;
}
