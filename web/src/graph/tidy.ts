import { type Doc, withLayout } from "./doc";
import { moveNodes, type Spot } from "./edit";
import { margin, title } from "./frames";
import { homes, middle, whole } from "./homes";
import { arrange, extents, places } from "./layout";
import type { Box } from "./size";

const longest = 1600;
const shape = 1.6;
const between = 64;

/** lines breaks a long row into some below each other, so that the whole has about the shape of a screen. */
export function lines(
  spots: ReadonlyMap<string, Spot>,
  things: ReadonlyMap<string, Pick<Box, "width" | "height">>,
): Map<string, Spot> {
  const boxes = [...spots].map(([id, spot]) => ({ id, ...spot, ...(things.get(id) ?? { width: 0, height: 0 }) }));
  const width = Math.max(...boxes.map((b) => b.x + b.width));
  const height = Math.max(...boxes.map((b) => b.y + b.height));
  const rows = Math.round(Math.sqrt(width / (shape * height)));
  if (width <= longest || rows < 2) return new Map(spots);
  const laid = new Map<string, Spot>();
  const columns = new Map<number, typeof boxes>();
  for (const b of boxes) {
    const at = Math.round(middle(b).x / 8);
    columns.set(at, [...(columns.get(at) ?? []), b]);
  }
  let row: typeof boxes = [];
  let top = 0;
  const put = () => {
    const [left, up] = [Math.min(...row.map((b) => b.x)), Math.min(...row.map((b) => b.y))];
    for (const b of row) laid.set(b.id, { x: b.x - left, y: b.y - up + top });
    top += Math.max(...row.map((b) => b.y + b.height)) - up + between;
    row = [];
  };
  for (const [, column] of [...columns].sort(([a], [b]) => a - b)) {
    const begin = Math.min(...[...row, ...column].map((b) => b.x));
    if (row.length > 0 && Math.max(...column.map((b) => b.x + b.width)) - begin > width / rows + 8) put();
    row.push(...column);
  }
  put();
  return laid;
}

/**
 * tidied lays the whole flow out from left to right. What stands in a frame stays together in it: each frame is laid out by itself, fits
 * what it holds, and takes its place among the others. Notes keep their distance from the nearest node.
 */
export function tidied(doc: Doc): Doc {
  const home = homes(doc);
  const sizes = new Map<string, Pick<Box, "width" | "height">>(extents(doc));
  const inner = new Map<string, Map<string, Spot>>();
  const notes = new Set(doc.layout.notes.map((n) => n.id));
  const members = (group: string) => [...home].filter(([id, at]) => at === group && !notes.has(id)).map(([id]) => id);

  // A wire between two groups counts, in each group around, as one between what holds its ends there.
  const within = (id: string, group: string): string | undefined => {
    let at: string | undefined = id;
    while (at !== undefined && at !== whole && home.get(at) !== group) at = home.get(at);
    return at === whole ? undefined : at;
  };
  const lay = (group: string) => {
    const ids = members(group);
    for (const id of ids) if (doc.layout.frames.some((f) => f.id === id)) lay(id);
    const frame = doc.layout.frames.find((f) => f.id === group);
    if (ids.length === 0) {
      if (frame) sizes.set(group, { width: frame.width, height: frame.height });
      return;
    }
    const things = new Map(ids.map((id) => [id, sizes.get(id) ?? { width: 0, height: 0 }]));
    const links = doc.definition.edges.flatMap((e) => {
      const [from, to] = [within(e.from, group), within(e.to, group)];
      return from && to ? [[from, to] as const] : [];
    });
    // Long rows are folded where there are frames: they are read like lines of a text.
    const spots = doc.layout.frames.length > 0 ? lines(arrange(things, links), things) : arrange(things, links);
    inner.set(group, spots);
    if (!frame) return;
    const right = Math.max(...ids.map((id) => (spots.get(id)?.x ?? 0) + (things.get(id)?.width ?? 0)));
    const bottom = Math.max(...ids.map((id) => (spots.get(id)?.y ?? 0) + (things.get(id)?.height ?? 0)));
    sizes.set(group, { width: right + 2 * margin, height: bottom + title + margin });
  };
  lay(whole);

  const at = new Map<string, Spot>();
  const put = (group: string, corner: Spot) => {
    for (const [id, spot] of inner.get(group) ?? []) {
      const here = { x: corner.x + spot.x, y: corner.y + spot.y };
      at.set(id, here);
      put(id, { x: here.x + margin, y: here.y + title });
    }
  };
  put(whole, { x: 0, y: 0 });

  const nodes = new Map(doc.definition.nodes.map((n) => [n.id, at.get(n.id) ?? { x: 0, y: 0 }]));
  return withLayout(moveNodes(doc, nodes), {
    frames: doc.layout.frames.map((f) => ({ ...f, ...at.get(f.id), ...sizes.get(f.id) })),
    notes: doc.layout.notes.map((n) => ({ ...n, ...beside(doc, n, nodes) })),
  });
}

// beside is where a note goes with the node that it stood nearest to.
function beside(doc: Doc, note: Box, to: ReadonlyMap<string, Spot>): Spot {
  let nearest: { id: string; spot: Spot } | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [id, spot] of places(doc)) {
    const far = Math.hypot(spot.x - note.x, spot.y - note.y);
    if (far < least) [least, nearest] = [far, { id, spot }];
  }
  const now = nearest && to.get(nearest.id);
  if (!nearest || !now) return { x: note.x, y: note.y };
  return { x: note.x + now.x - nearest.spot.x, y: note.y + now.y - nearest.spot.y };
}
